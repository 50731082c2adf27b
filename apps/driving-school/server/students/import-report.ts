import type { ImportProblem } from '../../contract/students.ts';

/** The longest piece of a value that a report repeats, in characters. */
const shownLengthMax = 60;
/** No report lists more problems, or more duplicates; the counts beside the lists are of all of them. */
export const listedMax = 500;

/** A value as a report repeats it: cut when it is long. */
export function shown(value: string): string {
  if (value.length <= shownLengthMax) return value;
  const characters = Array.from(value.slice(0, 2 * shownLengthMax));
  return characters.length > shownLengthMax || value.length > 2 * shownLengthMax
    ? `${characters.slice(0, shownLengthMax).join('')}…`
    : value;
}

/** The problems of a file: the first ones in full, all of them counted, so that no file can fill the memory. */
export class ProblemList {
  readonly #listed: ImportProblem[] = [];
  readonly #rows = new Set<number>();
  #count = 0;

  /** How many there are, listed or not. */
  get count(): number {
    return this.#count;
  }

  /** How many rows have one. */
  get rowCount(): number {
    return this.#rows.size;
  }

  /** The first ones, in the order of the file. */
  get listed(): readonly ImportProblem[] {
    return this.#listed.toSorted((one, other) => one.row - other.row).slice(0, listedMax);
  }

  add(problem: ImportProblem): void {
    this.#count += 1;
    this.#rows.add(problem.row);
    // Twice as many as are listed: problems that are found later may belong to earlier rows.
    if (this.#listed.length < 2 * listedMax) this.#listed.push(problem);
  }
}
