import type { ImportProblem } from '../../contract/student-import.ts';

/** Maximum length of a value in a report, in characters. */
const shownLengthMax = 60;
/** Maximum number of problems, and of duplicates, in a report. Its counts include all of them. */
export const listedMax = 500;

/** Truncates a value for a report. */
export function shown(value: string): string {
  if (value.length <= shownLengthMax) return value;
  const characters = Array.from(value.slice(0, 2 * shownLengthMax));
  return characters.length > shownLengthMax || value.length > 2 * shownLengthMax
    ? `${characters.slice(0, shownLengthMax).join('')}…`
    : value;
}

/** The problems of a file. Lists the first and counts all, to limit memory. */
export class ProblemList {
  readonly #listed: ImportProblem[] = [];
  readonly #rows = new Set<number>();
  #count = 0;

  /** The number of problems, listed or not. */
  get count(): number {
    return this.#count;
  }

  /** The number of rows with a problem. */
  get rowCount(): number {
    return this.#rows.size;
  }

  /** The first problems, in the order of the file. */
  get listed(): readonly ImportProblem[] {
    return this.#listed.toSorted((one, other) => one.row - other.row).slice(0, listedMax);
  }

  add(problem: ImportProblem): void {
    this.#count += 1;
    this.#rows.add(problem.row);
    // Keeps twice as many, because problems found later may belong to earlier rows.
    if (this.#listed.length < 2 * listedMax) this.#listed.push(problem);
  }
}
