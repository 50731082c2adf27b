import { callBoundsMs } from '../histogram.ts';
import type { CallOutcome, Rejection } from '../recorder.ts';

/**
 * One entry of a breaker's log: consecutive calls with the same outcome.
 *
 * @example
 * ```ts
 * const print = ({ outcome, count }: LoggedOutcome) => log.info(`${count} x ${outcome}`);
 * ```
 */
export interface LoggedOutcome {
  /** Clock reading, exact to 100 ms. */
  readonly at: number;
  readonly outcome: CallOutcome | 'rejected';
  /** Upper bound of the duration: one of `callBoundsMs` or `Infinity`; 0 for a rejected call. */
  readonly upToMs: number;
  /** Number of calls in a row. */
  readonly count: number;
}

/** Consecutive calls with the same outcome within this time share one entry. */
const SLOT_MS = 100;
const COUNT_MAX = 0xffff;
const FIRST_CAPACITY = 256;

const outcomes: readonly LoggedOutcome['outcome'][] = [
  'success',
  'slow',
  'failure',
  'timeout',
  'ignored',
  'cancelled',
  'rejected',
];

/**
 * The recent outcomes of one breaker, in order and in bounded memory: nine bytes per entry, and at most ten entries per second for a
 * healthy dependency, however many calls there are.
 *
 * @example
 * ```ts
 * const outcomes = new BreakerRecord(36_000, 0).log;
 * for (const { outcome, count } of outcomes?.backwards() ?? []) console.info(`${count} x ${outcome}`);
 * ```
 */
export class OutcomeLog {
  readonly #entriesMax: number;
  /** Clock reading at the start; times are stored relative to it. */
  readonly #origin: number;
  #capacity = FIRST_CAPACITY;
  #slots = new Uint32Array(FIRST_CAPACITY);
  #counts = new Uint16Array(FIRST_CAPACITY);
  /** Outcome in the low four bits, index of the bound in the high four. */
  #kinds = new Uint8Array(FIRST_CAPACITY);
  #written = 0;

  /** @param entriesMax a power of two times 256 */
  constructor(entriesMax: number, now: number) {
    this.#entriesMax = entriesMax;
    this.#origin = now;
  }

  /** Number of entries. */
  get size(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** Clock reading since which the log is complete. */
  get since(): number {
    if (this.#written <= this.#capacity) return this.#origin;
    return this.#origin + (this.#slots[this.#written % this.#capacity] ?? 0) * SLOT_MS;
  }

  /** Records one call. */
  add(outcome: LoggedOutcome['outcome'] | Rejection, durationMs: number, now: number): void {
    const slot = Math.max(0, Math.floor((now - this.#origin) / SLOT_MS));
    const kind = kindOf(outcome, durationMs);
    if (this.#written > 0) {
      const last = (this.#written - 1) % this.#capacity;
      const count = this.#counts[last] ?? 0;
      if (this.#slots[last] === slot && this.#kinds[last] === kind && count < COUNT_MAX) {
        this.#counts[last] = count + 1;
        return;
      }
    }
    if (this.#written === this.#capacity && this.#capacity < this.#entriesMax) this.#grow();
    const place = this.#written % this.#capacity;
    this.#slots[place] = slot;
    this.#kinds[place] = kind;
    this.#counts[place] = 1;
    this.#written += 1;
  }

  /** Entries since a clock reading, oldest first. */
  *from(since: number): IterableIterator<LoggedOutcome> {
    const first = Math.max(0, this.#written - this.#capacity);
    for (let entry = first; entry < this.#written; entry += 1) {
      const found = this.#entry(entry);
      if (found.at + SLOT_MS > since) yield found;
    }
  }

  /** All entries, newest first. */
  *backwards(): IterableIterator<LoggedOutcome> {
    const first = Math.max(0, this.#written - this.#capacity);
    for (let entry = this.#written - 1; entry >= first; entry -= 1) yield this.#entry(entry);
  }

  #entry(entry: number): LoggedOutcome {
    const place = entry % this.#capacity;
    const kind = this.#kinds[place] ?? 0;
    const outcome = outcomes[kind & 0xf] ?? 'ignored';
    return {
      at: this.#origin + (this.#slots[place] ?? 0) * SLOT_MS,
      outcome,
      upToMs: outcome === 'rejected' ? 0 : (callBoundsMs[kind >> 4] ?? Infinity),
      count: this.#counts[place] ?? 0,
    };
  }

  /** Only called before anything was overwritten, so entries stay in order. */
  #grow(): void {
    this.#capacity *= 2;
    this.#slots = larger(this.#slots, new Uint32Array(this.#capacity));
    this.#counts = larger(this.#counts, new Uint16Array(this.#capacity));
    this.#kinds = larger(this.#kinds, new Uint8Array(this.#capacity));
  }
}

function larger<A extends Uint32Array | Uint16Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function kindOf(outcome: LoggedOutcome['outcome'] | Rejection, durationMs: number): number {
  const place = outcomes.indexOf(outcome as LoggedOutcome['outcome']);
  if (place < 0) return outcomes.length - 1;
  // Fifteen bounds and "above all" fit into four bits.
  let bound = 0;
  while (bound < callBoundsMs.length && durationMs > (callBoundsMs[bound] ?? 0)) bound += 1;
  return place | (bound << 4);
}
