import { callBoundsMs } from '../histogram.ts';
import type { CallOutcome, Rejection } from '../recorder.ts';

/** What happened at a breaker, call after call. */
export interface LoggedOutcome {
  /** Clock reading; exact to `SLOT_MS`. */
  readonly at: number;
  readonly outcome: CallOutcome | 'rejected';
  /** Upper bound of how long it took, one of `callBoundsMs` or `Infinity`; 0 for a rejected call. */
  readonly upToMs: number;
  /** How many calls in a row were the same. */
  readonly count: number;
}

/** Calls that follow each other within this time and came to the same are one entry. */
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
 * The last outcomes of one breaker, in their order and in bounded memory: nine bytes an entry, and a healthy dependency
 * needs ten entries a second at most, however many calls there are.
 */
export class OutcomeLog {
  readonly #entriesMax: number;
  /** Times are kept in slots since this reading. */
  readonly #origin: number;
  #capacity = FIRST_CAPACITY;
  #slots = new Uint32Array(FIRST_CAPACITY);
  #counts = new Uint16Array(FIRST_CAPACITY);
  /** Outcome in the low four bits, place of the bound in the high four. */
  #kinds = new Uint8Array(FIRST_CAPACITY);
  #written = 0;

  /** @param entriesMax a power of two times 256 */
  constructor(entriesMax: number, now: number) {
    this.#entriesMax = entriesMax;
    this.#origin = now;
  }

  /** How many entries are kept. */
  get size(): number {
    return Math.min(this.#written, this.#capacity);
  }

  /** The reading from which on it is complete. */
  get since(): number {
    if (this.#written <= this.#capacity) return this.#origin;
    return this.#origin + (this.#slots[this.#written % this.#capacity] ?? 0) * SLOT_MS;
  }

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

  /** Oldest first, from a clock reading on. */
  *from(since: number): IterableIterator<LoggedOutcome> {
    const first = Math.max(0, this.#written - this.#capacity);
    for (let entry = first; entry < this.#written; entry += 1) {
      const found = this.#entry(entry);
      if (found.at + SLOT_MS > since) yield found;
    }
  }

  /** Newest first. */
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

  /** Only before anything was overwritten, so the order stays. */
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
  // Fifteen bounds and all above them fit into four bits.
  let bound = 0;
  while (bound < callBoundsMs.length && durationMs > (callBoundsMs[bound] ?? 0)) bound += 1;
  return place | (bound << 4);
}
