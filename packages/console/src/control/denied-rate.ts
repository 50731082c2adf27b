import type { AuditRecord } from '../contract.ts';

/** Refusals of one user that are logged in a minute; more is a flood. */
const PER_MINUTE = 20;
/** Sources that are counted separately; all others share one count. */
const SOURCES_MAX = 1_000;
const OTHERS = 'others';

/** Refusals that were counted but not logged. */
export interface Unlogged {
  readonly actor: AuditRecord['actor'];
  readonly count: number;
}

/** Limits logged refusals for each user, and for each address of unknown users, so that one flood does not hide others. */
export class DeniedRate {
  #minute = 0;
  #sources = new Map<string, { readonly actor: AuditRecord['actor']; count: number }>();

  /**
   * @param from address of an unknown user, if available
   * @returns whether to log this refusal, and what was not logged in the previous minute
   */
  take(
    actor: AuditRecord['actor'],
    from: string,
    now: number,
  ): { readonly isLogged: boolean; readonly unlogged: readonly Unlogged[] } {
    const minute = Math.floor(now / 60_000);
    const unlogged = minute === this.#minute ? [] : this.#startMinute(minute);
    const own = `${actor.type} ${actor.id} ${from}`;
    const key = this.#sources.has(own) || this.#sources.size < SOURCES_MAX ? own : OTHERS;
    const source = this.#sources.get(key) ?? { actor, count: 0 };
    source.count += 1;
    this.#sources.set(key, source);
    return { isLogged: source.count <= PER_MINUTE, unlogged };
  }

  #startMinute(minute: number): Unlogged[] {
    const unlogged = [...this.#sources.values()]
      .filter(({ count }) => count > PER_MINUTE)
      .map(({ actor, count }) => ({ actor, count: count - PER_MINUTE }));
    this.#minute = minute;
    this.#sources = new Map();
    return unlogged;
  }
}
