import type { AuditRecord } from '../contract.ts';

/** Refusals of one person that are written down in a minute; more is a flood. */
const PER_MINUTE = 20;
/** People who are counted at once. All strangers together are one. */
const SOURCES_MAX = 1_000;

/** Refusals that were counted, but not written down. */
export interface Unwritten {
  readonly actor: AuditRecord['actor'];
  readonly count: number;
}

/**
 * How many refused orders are written down: so many for each person, so that a flood by one hides nobody else's. What is
 * not written down is counted.
 */
export class DeniedRate {
  #minute = 0;
  #sources = new Map<string, { readonly actor: AuditRecord['actor']; count: number }>();

  /** @returns whether to write this one down, and what was not written down in the minute that is over */
  take(actor: AuditRecord['actor'], now: number): { readonly write: boolean; readonly before: readonly Unwritten[] } {
    const minute = Math.floor(now / 60_000);
    const before = minute === this.#minute ? [] : this.#over(minute);
    const key = `${actor.type} ${actor.id}`;
    const source = this.#sources.get(key) ?? { actor, count: 0 };
    source.count += 1;
    if (this.#sources.has(key) || this.#sources.size < SOURCES_MAX) this.#sources.set(key, source);
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
