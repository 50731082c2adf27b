import type { Registry } from 'dualbrake';
import type { OverrideMode } from '../contract.ts';
import type { Store } from '../store/store.ts';

/** An order that holds for a while, as it is kept over a restart. Milliseconds since the epoch. */
export interface KeptOverride {
  readonly breaker: string;
  readonly mode: OverrideMode;
  readonly reason: string;
  readonly actor: string;
  readonly since: number;
  readonly endsAt: number;
}

/** What the library calls each mode. */
export const orderOf: Readonly<Record<OverrideMode, string>> = { isolated: 'isolate', held_closed: 'hold-closed' };

/**
 * Orders that hold for a while. They end by themselves in the breaker; here they are kept, so that they hold over a
 * restart, and their end is noticed also when nobody calls.
 */
export class Overrides {
  readonly #registry: Registry;
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #kept = new Map<string, KeptOverride>();
  /** Of an earlier process, for breakers that have not been registered yet. */
  readonly #pending = new Map<string, KeptOverride>();

  constructor(registry: Registry, store: Store, wallClock: () => number) {
    this.#registry = registry;
    this.#store = store;
    this.#wallClock = wallClock;
    for (const row of store.file.all('select payload from overrides')) {
      const kept = JSON.parse(String(row['payload'])) as KeptOverride;
      if (kept.endsAt > wallClock()) this.#pending.set(kept.breaker, kept);
    }
  }

  /** Only within a transaction of the store's file. */
  keep(override: KeptOverride): void {
    this.#store.file.run(
      'insert or replace into overrides (target, payload) values (?, ?)',
      override.breaker,
      JSON.stringify(override),
    );
  }

  /** Only within a transaction of the store's file. */
  forget(breaker: string): void {
    this.#store.file.run('delete from overrides where target = ?', breaker);
  }

  /** It is in force now. */
  began(override: KeptOverride): void {
    this.#kept.set(override.breaker, override);
  }

  /** It was released. */
  ended(breaker: string): void {
    this.#kept.delete(breaker);
    this.#pending.delete(breaker);
  }

  /**
   * Gives breakers that have come since the start what holds for them. Once a second.
   *
   * @returns what has been put in force again, and what has ended by itself
   */
  look(): { readonly restored: readonly KeptOverride[]; readonly expired: readonly KeptOverride[] } {
    const now = this.#wallClock();
    const restored: KeptOverride[] = [];
    if (this.#pending.size > 0) {
      for (const group of this.#registry.report()) {
        for (const { id, name } of group.members) {
          const kept = this.#pending.get(id);
          if (kept === undefined) continue;
          this.#pending.delete(id);
          const forMs = kept.endsAt - now;
          if (forMs <= 0) continue;
          const { reason, actor } = kept;
          this.#registry.control(group.name, name, orderOf[kept.mode], { reason, actor, forMs });
          this.#kept.set(id, kept);
          restored.push(kept);
        }
      }
    }
    const expired = [...this.#kept.values()].filter(({ endsAt }) => endsAt <= now);
    for (const { breaker } of expired) this.#kept.delete(breaker);
    if (expired.length > 0) {
      try {
        this.#store.file.write(() => expired.forEach(({ breaker }) => this.forget(breaker)));
      } catch {
        // A row that stays is over by its own time.
      }
    }
    return { restored, expired };
  }
}
