import { randomBytes } from 'node:crypto';
import type { ChangeView } from '../contract.ts';

/** How many changes are kept for the page and for streams that come back. */
const KEPT = 500;

/** The last changes, numbered. A new process begins a new epoch, so that nobody resumes in the wrong one. */
export class ChangeRing {
  readonly epoch: string;
  #changes: ChangeView[] = [];
  #count = 0;

  constructor(epoch: string = randomBytes(4).toString('hex')) {
    this.epoch = epoch;
  }

  /** The id of the newest change, or of the beginning. */
  get lastId(): string {
    return `${this.epoch}-${this.#count}`;
  }

  add(change: Omit<ChangeView, 'id'>): ChangeView {
    this.#count += 1;
    const kept: ChangeView = { id: this.lastId, ...change };
    this.#changes = [...this.#changes.slice(1 - KEPT), kept];
    return kept;
  }

  /** Newest first. */
  newest(most: number): readonly ChangeView[] {
    return this.#changes.slice(-most).toReversed();
  }

  /** What came after an id, oldest first; nothing when that cannot be told any more. */
  after(id: string | null): readonly ChangeView[] | undefined {
    const [, epoch, digits] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const number = Number(digits);
    if (epoch !== this.epoch || number > this.#count) return undefined;
    const missing = this.#count - number;
    return missing > this.#changes.length ? undefined : this.#changes.slice(this.#changes.length - missing);
  }
}
