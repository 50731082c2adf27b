import type { LogLine } from '../contract.ts';

export interface KeptLine {
  readonly line: LogLine;
  readonly atMs: number;
  readonly level: number;
  /** The whole line in lower case, set by the first search. */
  text: string | undefined;
  readonly size: number;
}

/** How much a ring holds. */
interface RingLimits {
  readonly maxLines: number;
  /** Characters of all lines together. */
  readonly maxCharacters: number;
}

/** The most recent lines, in order of arrival. */
export class LineRing {
  readonly #limits: RingLimits;
  /** Oldest first; the first `#gone` lines no longer count. */
  #kept: KeptLine[] = [];
  #gone = 0;
  #characters = 0;
  /** Number of the newest line that was dropped; 0 if none was. */
  lastGone = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#kept.length - this.#gone;
  }

  /** Oldest first. */
  get lines(): readonly KeptLine[] {
    return this.#kept.slice(this.#gone);
  }

  get oldest(): KeptLine | undefined {
    return this.#kept[this.#gone];
  }

  push(line: KeptLine): void {
    this.#kept.push(line);
    this.#characters += line.size;
  }

  /** Drops the oldest lines until the rest is within the limits. */
  shrink(): void {
    const { maxLines, maxCharacters } = this.#limits;
    for (let { oldest } = this; oldest !== undefined; { oldest } = this) {
      if (this.length <= maxLines && this.#characters <= maxCharacters) break;
      this.#characters -= oldest.size;
      this.lastGone = oldest.line.seq;
      this.#gone += 1;
    }
    // Rarely, so that dropping a line doesn't move all others each time.
    if (this.#gone > 1_000 && this.#gone > this.#kept.length / 4) {
      this.#kept = this.#kept.slice(this.#gone);
      this.#gone = 0;
    }
  }
}
