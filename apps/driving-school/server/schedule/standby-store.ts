import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Period, ScheduleData, ScheduledLesson, ScheduleFrame } from './schedule-data.ts';

/** The shape of the copies. Increase it when `ScheduleData` changes: copies of another shape are ignored. */
const shapeNow = 1;

/** A school's schedule of a period, ready to be stored. */
export interface PreparedCopy {
  readonly schoolId: string;
  readonly asOf: Temporal.Instant;
  readonly period: Period;
  /** A JSON text per day of the period, also of days without lessons. */
  readonly days: ReadonlyMap<CalendarDay, string>;
  /** JSON text of a `ScheduleFrame`. */
  readonly frame: string;
  readonly lessonCount: number;
}

/** The newest copy of a school. */
export interface CopyFacts {
  readonly schoolId: string;
  readonly asOf: Temporal.Instant;
  readonly period: Period;
  readonly lessonCount: number;
}

/** A copy of the days of a period. */
export interface StoredCopy {
  readonly schedule: ScheduleData;
  readonly asOf: Temporal.Instant;
  /** All days that have been copied. */
  readonly period: Period;
  /** Whether all days of the period have been copied. */
  readonly complete: boolean;
}

/**
 * The standby copies in the local store: the coming days of each school, complete. A copy is replaced in one transaction,
 * so that neither a reader nor a killed process ever sees half of one.
 */
export class StandbyStore {
  readonly #local: DatabaseSync;
  readonly #statements: Readonly<
    Record<
      'school' | 'schools' | 'days' | 'putSchool' | 'putDay' | 'dropDays' | 'dropSchool' | 'dropAllDays',
      StatementSync
    >
  >;

  /** @param local a SQLite database */
  constructor(local: DatabaseSync) {
    this.#local = local;
    local.exec(`
      CREATE TABLE IF NOT EXISTS standby_schools (
        school_id TEXT PRIMARY KEY,
        shape INTEGER NOT NULL,
        as_of TEXT NOT NULL,
        from_day TEXT NOT NULL,
        to_day TEXT NOT NULL,
        lesson_count INTEGER NOT NULL,
        frame TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS standby_days (
        school_id TEXT NOT NULL,
        day TEXT NOT NULL,
        lessons TEXT NOT NULL,
        PRIMARY KEY (school_id, day)
      ) STRICT, WITHOUT ROWID;
    `);
    this.#statements = {
      school: local.prepare('SELECT * FROM standby_schools WHERE school_id = ?'),
      schools: local.prepare(
        'SELECT school_id, shape, as_of, from_day, to_day, lesson_count FROM standby_schools ORDER BY school_id',
      ),
      days: local.prepare('SELECT lessons FROM standby_days WHERE school_id = ? AND day BETWEEN ? AND ? ORDER BY day'),
      putSchool: local.prepare(`
        INSERT INTO standby_schools (school_id, shape, as_of, from_day, to_day, lesson_count, frame)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (school_id) DO UPDATE SET shape = excluded.shape, as_of = excluded.as_of,
          from_day = excluded.from_day, to_day = excluded.to_day, lesson_count = excluded.lesson_count,
          frame = excluded.frame`),
      // Most days are the same as a minute ago and are not written again.
      putDay: local.prepare(`
        INSERT INTO standby_days (school_id, day, lessons) VALUES (?, ?, ?)
        ON CONFLICT (school_id, day) DO UPDATE SET lessons = excluded.lessons WHERE lessons <> excluded.lessons`),
      dropDays: local.prepare('DELETE FROM standby_days WHERE school_id = ? AND NOT (day BETWEEN ? AND ?)'),
      dropSchool: local.prepare('DELETE FROM standby_schools WHERE school_id = ?'),
      dropAllDays: local.prepare('DELETE FROM standby_days WHERE school_id = ?'),
    };
  }

  /** Replaces the copy of a school. Days outside the period are removed. */
  replace({ schoolId, asOf, period, days, frame, lessonCount }: PreparedCopy): void {
    this.#inTransaction(() => {
      for (const [day, lessons] of days) this.#statements.putDay.run(schoolId, day, lessons);
      this.#statements.dropDays.run(schoolId, period.from, period.to);
      const instant = asOf.toString({ smallestUnit: 'millisecond' });
      this.#statements.putSchool.run(schoolId, shapeNow, instant, period.from, period.to, lessonCount, frame);
    });
  }

  /** Removes the copies of all other schools: those that no longer exist. */
  keepOnly(schoolIds: readonly string[]): void {
    const gone = this.#statements.schools.all().filter((row) => !schoolIds.includes(String(row['school_id'])));
    if (gone.length === 0) return;
    this.#inTransaction(() => {
      for (const { school_id } of gone) {
        this.#statements.dropSchool.run(String(school_id));
        this.#statements.dropAllDays.run(String(school_id));
      }
    });
  }

  /** Finds the copied days of a period. @returns undefined when there are none. The caller checks permissions */
  find(schoolId: string, { from, to }: Period): StoredCopy | undefined {
    const row = this.#statements.school.get(schoolId);
    const facts = row === undefined ? undefined : factsOf(row);
    if (row === undefined || facts === undefined) return undefined;
    const { period } = facts;
    if (to < period.from || from > period.to) return undefined;
    const days = this.#statements.days.all(schoolId, from, to);
    return {
      schedule: {
        schoolId,
        ...(JSON.parse(String(row['frame'])) as ScheduleFrame),
        lessons: days.flatMap(({ lessons }) => JSON.parse(String(lessons)) as ScheduledLesson[]),
      },
      asOf: facts.asOf,
      period,
      complete: from >= period.from && to <= period.to,
    };
  }

  /** The copies of all schools. */
  facts(): CopyFacts[] {
    return this.#statements.schools
      .all()
      .map((row) => factsOf(row))
      .filter((facts) => facts !== undefined);
  }

  #inTransaction(work: () => void): void {
    this.#local.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#local.exec('COMMIT');
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (this.#local.isTransaction) this.#local.exec('ROLLBACK');
      throw error;
    }
  }
}

/** @returns undefined for a copy of another shape, from another release */
function factsOf(row: Readonly<Record<string, unknown>>): CopyFacts | undefined {
  if (row['shape'] !== shapeNow) return undefined;
  return {
    schoolId: String(row['school_id']),
    asOf: Temporal.Instant.from(String(row['as_of'])),
    period: { from: String(row['from_day']), to: String(row['to_day']) },
    lessonCount: Number(row['lesson_count']),
  };
}
