import { randomBytes } from 'node:crypto';
import type { ChangeView, OperationView } from '../contract.ts';

/** How many changes are kept. */
const KEPT = 5_000;

interface KeptChange {
  readonly change: ChangeView;
  /** The operation that ended with this change. */
  readonly operation: OperationView | undefined;
}

/** The latest changes, numbered, for pages and for streams that resume. Each process has its own epoch. */
export class ChangeRing {
  readonly epoch: string;
  readonly #kept: KeptChange[] = [];
  #count = 0;

  constructor(epoch: string = randomBytes(4).toString('hex')) {
    this.epoch = epoch;
  }

  /** ID of the newest change, or of the start. */
  get lastId(): string {
    return `${this.epoch}-${this.#count}`;
  }

  add(change: Omit<ChangeView, 'id'>, operation?: OperationView): ChangeView {
    this.#count += 1;
    const added: ChangeView = { id: this.lastId, ...change };
    this.#kept.push({ change: added, operation });
    // Rarely, so that an event doesn't move thousands of others.
    if (this.#kept.length >= 2 * KEPT) this.#kept.splice(0, this.#kept.length - KEPT);
    return added;
  }

  /** Newest first. */
  newest(most: number): readonly ChangeView[] {
    const newest = this.#kept.slice(-most).toReversed();
    return newest.map(({ change }) => change);
  }

  /** Changes after an ID, oldest first; `undefined` if that can't be determined. */
  after(id: string | null): readonly KeptChange[] | undefined {
    const [, epoch, digits] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const missing = this.#count - Number(digits);
    if (epoch !== this.epoch || missing < 0 || missing > Math.min(this.#kept.length, KEPT)) return undefined;
    return this.#kept.slice(this.#kept.length - missing);
  }
}
