import type { RowName } from './rows.ts';

/** The guarded work of a row; answers `ANSWER` unless the row is about failures. */
export type Operation = () => Promise<number>;

/** What every operation answers, so that a candidate that loses the answer is found out. */
export const ANSWER = 42;

/** One candidate in one row, ready to be measured. */
export interface Subject {
  /** One call, as a user of the library would write it. */
  readonly call: () => Promise<unknown>;
  /** Done before each slice, outside of the measured time. */
  readonly prepare?: () => void;
}

/** A library, or a way of working without one, and how it does the work of each row. Rows that it cannot do are absent. */
export interface Candidate {
  readonly name: string;
  /** Its npm package, for the version in the report. */
  readonly package?: string;
  readonly rows: Partial<Record<RowName, (operation: Operation) => Subject | Promise<Subject>>>;
}
