import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { studentFields } from '../../contract/student-fields.ts';
import { storedStudent, type StudentSort } from '../../contract/students.ts';
import { searchWordsOf } from '../platform/search-words.ts';
import type { StudentSearch } from './student-list-query.ts';
import { type DatedStudent, sortNameOf } from './student.ts';

/** Default limit: all students of most schools, in a few megabytes. */
export const copiesMaxDefault = 5_000;

/** A search among the copies: like one in the database, but without licence numbers. */
export type CopySearch = Omit<StudentSearch, 'licenceDigest' | 'taughtNear'>;

interface CopyRow {
  readonly school_id: string;
  readonly as_of: string;
  readonly body: string;
}

/**
 * Local copies of the students that were read last, for outages of the database.
 *
 * Survives restarts. At the limit, the least recently read copy is evicted. Contains only visible data, so licence
 * numbers are masked. Only this process uses the file, so a removed copy can't be found again.
 */
export class StudentCopies {
  readonly #local: DatabaseSync;
  readonly #copiesMax: number;
  readonly #statements: Readonly<Record<'put' | 'find' | 'touch' | 'forget' | 'evict' | 'count', StatementSync>>;
  /** A counter that orders reads; a clock could stop or jump. */
  #sightings: number;
  #count: number;

  /** @param local a SQLite database */
  constructor(local: DatabaseSync, { copiesMax = copiesMaxDefault }: { readonly copiesMax?: number } = {}) {
    if (!Number.isInteger(copiesMax) || copiesMax < 1) {
      throw new RangeError(`copiesMax must be a whole number of at least 1, got ${copiesMax}.`);
    }
    this.#local = local;
    this.#copiesMax = copiesMax;
    local.exec(`
      CREATE TABLE IF NOT EXISTS student_copies (
        student_id TEXT PRIMARY KEY,
        school_id TEXT NOT NULL,
        instructor_id TEXT,
        status TEXT NOT NULL,
        sort_name TEXT NOT NULL,
        search_words TEXT NOT NULL,
        version INTEGER NOT NULL,
        as_of TEXT NOT NULL,
        sighting INTEGER NOT NULL,
        body TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS student_copies_sighting ON student_copies (sighting);
      CREATE INDEX IF NOT EXISTS student_copies_list ON student_copies (school_id, sort_name, student_id);
    `);
    this.#statements = {
      // A slow answer does not replace a newer one.
      put: local.prepare(`
        INSERT INTO student_copies
          (student_id, school_id, instructor_id, status, sort_name, search_words, version, as_of, sighting, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (student_id) DO UPDATE SET
          school_id = excluded.school_id, instructor_id = excluded.instructor_id, status = excluded.status,
          sort_name = excluded.sort_name, search_words = excluded.search_words, version = excluded.version,
          as_of = excluded.as_of, sighting = excluded.sighting, body = excluded.body
        WHERE excluded.version > version OR (excluded.version = version AND excluded.as_of >= as_of)`),
      find: local.prepare('SELECT school_id, as_of, body FROM student_copies WHERE student_id = ?'),
      touch: local.prepare('UPDATE student_copies SET sighting = ? WHERE student_id = ?'),
      forget: local.prepare('DELETE FROM student_copies WHERE student_id = ?'),
      evict: local.prepare(`
        DELETE FROM student_copies WHERE student_id IN
          (SELECT student_id FROM student_copies ORDER BY sighting LIMIT ?)`),
      count: local.prepare('SELECT count(*) AS count, coalesce(max(sighting), 0) AS last FROM student_copies'),
    };
    const { count, last } = this.#statements.count.get() as { count: number; last: number };
    this.#count = count;
    this.#sightings = last;
    this.#makeRoom();
  }

  /** The number of copies. */
  get count(): number {
    return this.#count;
  }

  /** Keeps a record, unless there is a newer copy. */
  keep({ schoolId, student, asOf }: DatedStudent): void {
    const known = this.#statements.find.get(student.id) !== undefined;
    this.#statements.put.run(
      student.id,
      schoolId,
      student.instructor_id,
      student.status,
      sortNameOf(student),
      wordsText(searchWordsOf(studentFields, student)),
      student.version,
      instantText(asOf),
      this.#nextSighting(),
      JSON.stringify(student),
    );
    if (known) return;
    this.#count += 1;
    this.#makeRoom();
  }

  /** Finds the copy of a student. The caller checks permissions. */
  find(studentId: string): DatedStudent | undefined {
    const row = this.#statements.find.get(studentId);
    if (row === undefined) return undefined;
    const copy = this.#read(row as unknown as CopyRow, studentId);
    if (copy !== undefined) this.#bestEffort(() => this.#statements.touch.run(this.#nextSighting(), studentId));
    return copy;
  }

  /** Searches the copies, in the order of the list. */
  search({ schoolId, instructorId, taughtBy, status, sort, words, after, limit }: CopySearch): DatedStudent[] {
    const conditions = ['school_id = ?'];
    const values: (string | number | null)[] = [schoolId];
    if (instructorId !== undefined) {
      conditions.push('instructor_id = ?');
      values.push(instructorId);
    }
    if (taughtBy !== undefined) {
      conditions.push('instructor_id IS ?');
      values.push(taughtBy);
    }
    if (status !== 'all') {
      conditions.push('status = ?');
      values.push(status);
    }
    for (const word of words) {
      conditions.push('instr(search_words, ?) > 0');
      values.push(`\n${word}`);
    }
    const { key, descending } = copyOrders[sort];
    if (after !== undefined) {
      conditions.push(`(${key}, student_id) ${descending ? '<' : '>'} (?, ?)`);
      values.push(after.key, after.id);
    }
    const direction = descending ? 'DESC' : 'ASC';
    const rows = this.#local
      .prepare(
        `SELECT student_id, school_id, as_of, body FROM student_copies WHERE ${conditions.join(' AND ')}
         ORDER BY ${key} ${direction}, student_id ${direction} LIMIT ?`,
      )
      .all(...values, limit) as unknown as (CopyRow & { readonly student_id: string })[];
    return rows.map((row) => this.#read(row, row.student_id)).filter((copy) => copy !== undefined);
  }

  /** Removes the copy of a student who was deleted or whom someone may no longer see. */
  forget(studentId: string): void {
    this.#count -= Number(this.#statements.forget.run(studentId).changes);
  }

  /** Ignores and removes a copy with an unknown shape, from another release. */
  #read({ school_id, as_of, body }: CopyRow, studentId: string): DatedStudent | undefined {
    const student = storedStudent(JSON.parse(body));
    if (student !== undefined) return { schoolId: school_id, student, asOf: Temporal.Instant.from(as_of) };
    this.#bestEffort(() => this.forget(studentId));
    return undefined;
  }

  /** A disk that can't be written must not hide existing copies. */
  #bestEffort(write: () => void): void {
    try {
      write();
    } catch {
      // Affects only the order of eviction; `keep` reports the problem with the disk.
    }
  }

  #makeRoom(): void {
    const surplus = this.#count - this.#copiesMax;
    if (surplus > 0) this.#count -= Number(this.#statements.evict.run(surplus).changes);
  }

  #nextSighting(): number {
    this.#sightings += 1;
    return this.#sightings;
  }
}

/** The sort key of each order. Times are sorted newest first. */
const copyOrders: Readonly<Record<StudentSort, { readonly key: string; readonly descending: boolean }>> = {
  name: { key: 'sort_name', descending: false },
  updated: { key: "json_extract(body, '$.updated_at')", descending: true },
  created: { key: "json_extract(body, '$.created_at')", descending: true },
};

/** Joins words, each after a line feed, so that prefixes can be found as substrings. */
function wordsText(words: readonly string[]): string {
  return words.map((word) => `\n${word}`).join('');
}

/** Formats an instant with a fixed length, so that instants compare as text. */
function instantText(instant: Temporal.Instant): string {
  return instant.toString({ smallestUnit: 'millisecond' });
}
