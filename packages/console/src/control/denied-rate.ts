import type { AuditRecord } from '../contract.ts';

/** Refusals of one person that are written down in a minute; more is a flood. */
const PER_MINUTE = 20;
/** Sources that are counted at once; all others together are one. */
const SOURCES_MAX = 1_000;
const OTHERS = 'others';

/** Refusals that were counted, but not written down. */
export interface Unwritten {
  readonly actor: AuditRecord['actor'];
  readonly count: number;
}

/**
 * How many refusals are written down: so many for each person, and for each address from which a stranger comes, so that
 * a flood by one hides nobody else's. What is not written down is counted.
 */
export class DeniedRate {
  #minute = 0;
  #sources = new Map<string, { readonly actor: AuditRecord['actor']; count: number }>();

  /**
   * @param from address of a stranger, if it is known
   * @returns whether to write this one down, and what was not written down in the minute that is over
   */
  take(
    actor: AuditRecord['actor'],
    from: string,
    now: number,
  ): { readonly write: boolean; readonly before: readonly Unwritten[] } {
    const minute = Math.floor(now / 60_000);
    const before = minute === this.#minute ? [] : this.#over(minute);
    const own = `${actor.type} ${actor.id} ${from}`;
    const key = this.#sources.has(own) || this.#sources.size < SOURCES_MAX ? own : OTHERS;
    const source = this.#sources.get(key) ?? { actor, count: 0 };
    source.count += 1;
    this.#sources.set(key, source);
    return { write: source.count <= PER_MINUTE, before };
  }

  #over(minute: number): Unwritten[] {
    const unwritten = [...this.#sources.values()]
      .filter(({ count }) => count > PER_MINUTE)
      .map(({ actor, count }) => ({ actor, count: count - PER_MINUTE }));
    this.#minute = minute;
    this.#sources = new Map();
    return unwritten;
  }
}
