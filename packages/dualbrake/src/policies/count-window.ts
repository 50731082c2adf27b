import { FAILED, SLOW, type SavedCalls, type SavedWindow, type Window } from './window.ts';

/** The last `size` calls, in a ring buffer with running totals. */
export class CountWindow implements Window {
  calls = 0;
  failures = 0;
  slow = 0;
  readonly #ring: number[];
  /** Calls counted so far. The next one goes to this position, modulo size. */
  #count = 0;

  /** @param size in calls; 1 or more */
  constructor(size: number) {
    this.#ring = Array<number>(size).fill(0);
  }

  moveTo(): void {
    // Newer calls push out older ones; time does not.
  }

  record(judged: number): number {
    const size = this.#ring.length;
    const place = this.#count;
    const slot = place % size;
    if (this.calls === size) this.#subtract(this.#ring[slot] ?? 0);
    else this.calls += 1;
    this.#ring[slot] = judged;
    if ((judged & FAILED) !== 0) this.failures += 1;
    if ((judged & SLOW) !== 0) this.slow += 1;
    this.#count += 1;
    return place;
  }

  amend(place: number): void {
    const slot = place % this.#ring.length;
    const judged = this.#ring[slot] ?? 0;
    if (place < this.#count - this.calls || (judged & FAILED) !== 0) return;
    this.#ring[slot] = judged | FAILED;
    this.failures += 1;
  }

  clear(): void {
    this.calls = 0;
    this.failures = 0;
    this.slow = 0;
  }

  /** Returns a window of another size with the newest of these calls. */
  resized(size: number): CountWindow {
    const window = new CountWindow(size);
    for (const judged of this.#oldestFirst()) window.record(judged);
    return window;
  }

  save(): SavedCalls {
    const { calls, failures, slow } = this;
    return { kind: 'count', calls, failures, slow, outcomes: [...this.#oldestFirst()].join('') };
  }

  restore(saved: SavedWindow): void {
    const size = this.#ring.length;
    if (saved.kind === 'count') {
      for (const judged of saved.outcomes.slice(-size)) this.record(Number(judged));
    } else if (saved.kind === undefined) {
      const { calls, failures, slow } = saved;
      for (let call = 0; call < Math.min(calls, size); call += 1) {
        this.record((call < failures ? FAILED : 0) | (call < slow ? SLOW : 0));
      }
    }
  }

  *#oldestFirst(): Generator<number> {
    for (let place = this.#count - this.calls; place < this.#count; place += 1) {
      yield this.#ring[place % this.#ring.length] ?? 0;
    }
  }

  #subtract(judged: number): void {
    if ((judged & FAILED) !== 0) this.failures -= 1;
    if ((judged & SLOW) !== 0) this.slow -= 1;
  }
}
