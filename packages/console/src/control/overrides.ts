import type { Registry } from 'dualbrake';
import type { OverrideMode } from '../contract.ts';
import type { Store } from '../store/store.ts';

/** An override as it is stored. Times are milliseconds since the epoch. */
export interface KeptOverride {
  readonly breaker: string;
  readonly mode: OverrideMode;
  readonly reason: string;
  readonly actor: string;
  readonly since: number;
  readonly endsAt: number;
}

/** The library's control for each mode. */
export const controlOf: Readonly<Record<OverrideMode, string>> = { isolated: 'isolate', held_closed: 'hold-closed' };

/** Stores overrides, so that they survive a restart, and notices their end. The breaker itself ends them on time. */
export class Overrides {
  readonly #registry: Registry;
  readonly #store: Store;
  readonly #wallClock: () => number;
  readonly #active = new Map<string, KeptOverride>();
  /** Of an earlier process, for breakers that are not registered yet. */
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
    const sql = 'insert or replace into overrides (target, payload) values (?, ?)';
    this.#store.file.run(sql, override.breaker, JSON.stringify(override));
  }

  /** Only within a transaction of the store's file. */
  forget(breaker: string): void {
    this.#store.file.run('delete from overrides where target = ?', breaker);
  }

  /** Takes note that an override is in force. */
  began(override: KeptOverride): void {
    this.#active.set(override.breaker, override);
  }

  /** Takes note that an override was released. */
  ended(breaker: string): void {
    this.#active.delete(breaker);
    this.#pending.delete(breaker);
  }

  /** Restores overrides of breakers that were registered since the last tick. Runs every second. */
  tick(): { readonly restored: readonly KeptOverride[]; readonly expired: readonly KeptOverride[] } {
    const now = this.#wallClock();
    const restored = this.#pending.size === 0 ? [] : this.#restore(now);
    const expired = [...this.#active.values()].filter(({ endsAt }) => endsAt <= now);
    for (const { breaker } of expired) this.#active.delete(breaker);
    if (expired.length > 0) {
      try {
        this.#store.file.write(() => expired.forEach(({ breaker }) => this.forget(breaker)));
      } catch {
        // A row that stays has expired, so it is never restored.
      }
    }
    return { restored, expired };
  }

  #restore(now: number): KeptOverride[] {
    const restored: KeptOverride[] = [];
    for (const group of this.#registry.report()) {
      for (const { id, name } of group.members) {
        const kept = this.#pending.get(id);
        if (kept === undefined) continue;
        this.#pending.delete(id);
        const forMs = kept.endsAt - now;
        if (forMs <= 0) continue;
        const { reason, actor } = kept;
        this.#registry.control(group.name, name, controlOf[kept.mode], { reason, actor, forMs });
        this.#active.set(id, kept);
        restored.push(kept);
      }
    }
    return restored;
  }
}
