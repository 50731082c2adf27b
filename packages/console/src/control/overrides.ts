import type { OverrideMode } from '../contract.ts';
import { isoOf } from '../wall-time.ts';
import type { Core } from './core.ts';

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

/** Stores overrides, so that they survive a restart, and records their end. The breaker itself ends them on time. */
export class Overrides {
  readonly #core: Core;
  readonly #active = new Map<string, KeptOverride>();
  /** Of an earlier process, for breakers that are not registered yet. */
  readonly #pending = new Map<string, KeptOverride>();

  constructor(core: Core) {
    this.#core = core;
    for (const kept of core.store.file.payloads<KeptOverride>('select payload from overrides')) {
      if (kept.endsAt > core.time.now()) this.#pending.set(kept.breaker, kept);
    }
  }

  /** Only within a transaction of the store's file. */
  keep(override: KeptOverride): void {
    const sql = 'insert or replace into overrides (target, payload) values (?, ?)';
    this.#core.store.file.run(sql, override.breaker, JSON.stringify(override));
  }

  /** Only within a transaction of the store's file. */
  forget(breaker: string): void {
    this.#core.store.file.run('delete from overrides where target = ?', breaker);
  }

  /** Records that an override is in force. */
  began(override: KeptOverride): void {
    this.#active.set(override.breaker, override);
  }

  /** Records that an override was released. */
  ended(breaker: string): void {
    this.#active.delete(breaker);
    this.#pending.delete(breaker);
  }

  /** Restores overrides of breakers that were registered since the last tick. Runs every second. */
  tick(): void {
    const { audited, feed, nameOf, store, time } = this.#core;
    const now = time.now();
    if (this.#pending.size > 0) this.#restore(now);
    const expired = [...this.#active.values()].filter(({ endsAt }) => endsAt <= now);
    if (expired.length === 0) return;
    for (const { breaker, mode } of expired) {
      this.#active.delete(breaker);
      audited.note('breaker.override.expired', { type: 'breaker', id: breaker }, { mode });
      const target = { target: breaker, target_name: nameOf(breaker) };
      feed.record({ kind: 'override', ...target, what: 'expired', why: 'its time is up' });
    }
    try {
      store.file.write(() => expired.forEach(({ breaker }) => this.forget(breaker)));
    } catch {
      // A row that stays has expired, so it is never restored.
    }
  }

  #restore(now: number): void {
    const { audited, registry } = this.#core;
    for (const group of registry.report()) {
      for (const { id, name } of group.members) {
        const kept = this.#pending.get(id);
        if (kept === undefined) continue;
        this.#pending.delete(id);
        const forMs = kept.endsAt - now;
        if (forMs <= 0) continue;
        const { reason, actor, mode, endsAt } = kept;
        registry.control(group.name, name, controlOf[mode], { reason, actor, forMs });
        this.#active.set(id, kept);
        audited.note('breaker.override.restored', { type: 'breaker', id }, { mode, ends_at: isoOf(endsAt) });
      }
    }
  }
}
