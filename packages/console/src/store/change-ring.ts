import { randomBytes } from 'node:crypto';
import type { ChangeView, OperationView } from '../contract.ts';

/** How many changes are kept for the page and for streams that come back. */
const KEPT = 5_000;

/** A change, as it is kept for streams that come back. */
export interface KeptChange {
  readonly change: ChangeView;
  /** The operation whose end it was. */
  readonly operation: OperationView | undefined;
}

/** The last changes, numbered. A new process begins a new epoch, so that nobody resumes in the wrong one. */
export class ChangeRing {
  readonly epoch: string;
  readonly #kept: KeptChange[] = [];
  #count = 0;

  constructor(epoch: string = randomBytes(4).toString('hex')) {
    this.epoch = epoch;
  }

  /** The id of the newest change, or of the beginning. */
  get lastId(): string {
    return `${this.epoch}-${this.#count}`;
  }

  add(change: Omit<ChangeView, 'id'>, operation?: OperationView): ChangeView {
    this.#count += 1;
    const added: ChangeView = { id: this.lastId, ...change };
    this.#kept.push({ change: added, operation });
    // Now and then, so that an event in a flood does not move thousands of others.
    if (this.#kept.length >= 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
    return added;
  }

  /** Newest first. */
  newest(most: number): readonly ChangeView[] {
    return this.#kept
      .slice(-most)
      .toReversed()
      .map(({ change }) => change);
  }

  /** What came after an id, oldest first; nothing when that cannot be told any more. */
  after(id: string | null): readonly KeptChange[] | undefined {
    const [, epoch, digits] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const number = Number(digits);
    if (epoch !== this.epoch || number > this.#count) return undefined;
    const missing = this.#count - number;
    return missing > Math.min(this.#kept.length, KEPT) ? undefined : this.#kept.slice(this.#kept.length - missing);
  }
}
