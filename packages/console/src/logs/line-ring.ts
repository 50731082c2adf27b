import type { LogLine } from '../contract.ts';

/** A line as it is kept. */
export interface KeptLine {
  readonly line: LogLine;
  readonly atMs: number;
  readonly level: number;
  /** Everything of it in lower case, made when it is first searched. */
  text: string | undefined;
  readonly size: number;
}

/** How much a ring holds. */
export interface RingLimits {
  readonly maxLines: number;
  /** Characters of all lines together. */
  readonly maxCharacters: number;
}

/** The last lines of one kind, in the order in which they came. */
export class LineRing {
  readonly #limits: RingLimits;
  /** Oldest first; the first `#gone` are gone. */
  #kept: KeptLine[] = [];
  #gone = 0;
  #characters = 0;
  #lastGone = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#kept.length - this.#gone;
  }

  /** Sequence of the newest line that is not kept any more; 0 when all are. */
  get lastGone(): number {
    return this.#lastGone;
  }

  /** @param place 0 is the oldest line that is kept */
  at(place: number): KeptLine | undefined {
    return place < 0 ? undefined : this.#kept[this.#gone + place];
  }

  push(line: KeptLine): void {
    this.#kept.push(line);
    this.#characters += line.size;
  }

  /** Lets the oldest lines go until the rest is within the limits. */
  shrink(): void {
    const { maxLines, maxCharacters } = this.#limits;
    while (this.length > maxLines || (this.#characters > maxCharacters && this.length > 0)) {
      const oldest = this.#kept[this.#gone];
      this.#characters -= oldest?.size ?? 0;
      this.#lastGone = oldest?.line.seq ?? this.#lastGone;
      this.#gone += 1;
    }
    // Now and then, so that dropping the oldest line does not move all others each time.
    if (this.#gone > 1_000 && this.#gone > this.#kept.length / 4) {
      this.#kept = this.#kept.slice(this.#gone);
      this.#gone = 0;
    }
  }
}

/** The lines of several rings as one, in their order. */
export function* merged(rings: readonly LineRing[], order: 'newest' | 'oldest'): IterableIterator<KeptLine> {
  const step = order === 'newest' ? -1 : 1;
  const places = rings.map((ring) => (order === 'newest' ? ring.length - 1 : 0));
  for (;;) {
    let next: KeptLine | undefined;
    let from = -1;
    for (const [index, ring] of rings.entries()) {
      const each = ring.at(places[index] ?? -1);
      if (each === undefined) continue;
      if (next === undefined || (each.line.seq - next.line.seq) * step < 0) {
        next = each;
        from = index;
      }
    }
    if (next === undefined) return;
    places[from] = (places[from] ?? 0) + step;
    yield next;
  }
}
