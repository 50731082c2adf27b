import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A fault in the data. */
export interface Finding {
  /** A sentence with names that the office knows, such as the code of a lesson. No personal data. */
  readonly text: string;
  /** The IDs of the records concerned. */
  readonly ids: readonly string[];
}

/** The data and the time that checks judge by. */
export interface CheckContext {
  /** A transaction that sees one state of the data. Checks cover all schools. */
  readonly database: DatabaseHandle;
  readonly now: Temporal.Instant;
  /** The calendar day in a zone. */
  readonly today: (zone: string) => CalendarDay;
  /** Counts the lessons whose standby copies differ from the database; undefined when there is nothing to compare. */
  readonly standbyDifferences?: (() => Promise<number | undefined>) | undefined;
}

/** A check of the whole data. */
export interface Check {
  /** In snake_case; never changes. */
  readonly name: string;
  /** Describes correct data, in one sentence. */
  readonly rule: string;
  /** The next step for the user when something was found. */
  readonly advice: string;
  /**
   * The source of its data. A check of the running program has no transaction: the program needs the embedded database,
   * which serves one transaction at a time. Default: the database.
   */
  readonly reads?: 'database' | 'program';
  readonly run: (context: CheckContext) => Promise<readonly Finding[]>;
}
