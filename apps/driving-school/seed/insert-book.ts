import { randomUUIDv7 } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Holiday } from '../contract/ontario-holidays.ts';
import type { DemoBook, DemoLesson } from './demo-book.ts';

type Handle = Kysely<Record<string, never>>;

/** Rows per statement: a few hundred kilobytes of JSON. */
const rowsPerStatement = 1_000;

interface InsertOptions {
  /** Called with the share of the lessons that are inserted, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** From this number of lessons on, the overlap constraint is built once at the end, not checked per row. */
  readonly bulkFrom?: number;
}

/** Inserts the book of a school, in a transaction of the caller. */
export async function insertBook(
  book: DemoBook,
  schoolId: string,
  transaction: Handle,
  options: InsertOptions = {},
): Promise<void> {
  const insert = (table: string, columns: Columns, rows: readonly object[]) =>
    insertRows(transaction, { table, columns: { school_id: 'uuid', ...columns } }, withSchool(rows, schoolId));
  await insert(
    'locations',
    { id: 'uuid', name: 'text', time_zone: 'text', street: 'text', city: 'text', postal_code: 'text', phone: 'text' },
    book.locations,
  );
  await insert(
    'instructors',
    {
      id: 'uuid',
      licence_number: 'text',
      licence_expires_on: 'date',
      phone: 'text',
      contract_from: 'date',
      transmissions: 'text',
    },
    book.instructors,
  );
  await insert(
    'instructor_hours',
    { instructor_id: 'uuid', weekday: 'int', minutes: 'int4range' },
    book.hours.map(({ from, to, ...row }) => ({ ...row, minutes: `[${from},${to})` })),
  );
  await insert(
    'vehicles',
    {
      id: 'uuid',
      location_id: 'uuid',
      plate: 'text',
      description: 'text',
      transmission: 'text',
      dual_brake: 'boolean',
      insurance_6d: 'boolean',
      insurance_expires_on: 'date',
      registration_expires_on: 'date',
      safety_expires_on: 'date',
    },
    book.vehicles.map((row) => ({ ...row, dual_brake: true, insurance_6d: true })),
  );
  await insertEnrolments(book, schoolId, transaction);
  await insert('guardians', { id: 'uuid', name: 'text', phone: 'text', email: 'text' }, book.guardians);
  await insert(
    'student_guardians',
    { student_id: 'uuid', guardian_id: 'uuid', relation: 'text', is_primary: 'boolean' },
    book.guardians.map(({ id, student_id, relation }) => ({ student_id, guardian_id: id, relation, is_primary: true })),
  );
  await insertLessons(book, schoolId, transaction, options);
  await insertAbsences(book, schoolId, transaction);
}

/** Inserts days on which all locations are closed. */
export async function insertClosedDays(
  holidays: readonly Holiday[],
  schoolId: string,
  transaction: Handle,
): Promise<void> {
  await insertRows(
    transaction,
    { table: 'closed_days', columns: { school_id: 'uuid', id: 'uuid', day: 'date', name: 'text' } },
    withSchool(
      holidays.map(({ day, name }) => ({ id: randomUUIDv7(), day, name })),
      schoolId,
    ),
  );
}

/** Inserts the courses that the school sells. */
export async function insertProducts(schoolId: string, transaction: Handle): Promise<void> {
  await insertRows(
    transaction,
    {
      table: 'products',
      columns: { school_id: 'uuid', id: 'uuid', name: 'text', kind: 'text', in_vehicle_minutes: 'int' },
    },
    withSchool(
      [
        { name: 'Beginner driver education', kind: 'bde', in_vehicle_minutes: 600 },
        { name: 'Five lessons', kind: 'lesson_pack', in_vehicle_minutes: 300 },
        { name: 'Single lesson', kind: 'single', in_vehicle_minutes: 60 },
        { name: 'Car for the road test', kind: 'fee', in_vehicle_minutes: null },
      ].map((product) => ({ id: randomUUIDv7(), ...product })),
      schoolId,
    ),
  );
}

type Columns = Readonly<Record<string, string>>;

/** Inserts rows as JSON: one parameter per statement, and types are those of the columns. */
async function insertRows(
  transaction: Handle,
  { table, columns }: { readonly table: string; readonly columns: Columns },
  rows: readonly object[],
): Promise<void> {
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  const types = sql.join(Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`));
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    const part = JSON.stringify(rows.slice(start, start + rowsPerStatement));
    await sql`INSERT INTO ${sql.table(table)} (${names})
      SELECT ${names} FROM json_to_recordset(${part}::json) AS given (${types})`.execute(transaction);
  }
}

function withSchool(rows: readonly object[], schoolId: string): object[] {
  return rows.map((row) => ({ ...row, school_id: schoolId }));
}

async function insertEnrolments({ enrolments }: DemoBook, schoolId: string, transaction: Handle): Promise<void> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM rule_sets WHERE school_id = ${schoolId}
    ORDER BY effective DESC LIMIT 1`.execute(transaction);
  const rule_set_id = rows[0]?.id;
  if (rule_set_id === undefined) throw new Error('The school has no rule set.');
  await insertRows(
    transaction,
    {
      table: 'enrolments',
      columns: {
        school_id: 'uuid',
        id: 'uuid',
        student_id: 'uuid',
        kind: 'text',
        rule_set_id: 'uuid',
        course_started_on: 'date',
        deadline_on: 'date',
        in_vehicle_minutes_bought: 'int',
        status: 'text',
      },
    },
    withSchool(enrolments, schoolId).map((row) => ({
      ...row,
      kind: 'bde',
      rule_set_id,
      in_vehicle_minutes_bought: 600,
    })),
  );
}

async function insertLessons(
  { lessons }: DemoBook,
  schoolId: string,
  transaction: Handle,
  { onProgress, bulkFrom = 20_000 }: InsertOptions,
): Promise<void> {
  const isBulk = lessons.length >= bulkFrom;
  if (isBulk) {
    await sql`ALTER TABLE resource_claims DROP CONSTRAINT resource_claims_no_overlap`.execute(transaction);
  }
  for (let start = 0; start < lessons.length; start += rowsPerStatement) {
    const part = lessons.slice(start, start + rowsPerStatement);
    await insertRows(
      transaction,
      { table: 'lessons', columns: lessonColumns },
      part.map((lesson) => lessonRow(lesson, schoolId)),
    );
    await insertClaims(
      transaction,
      part.flatMap((lesson) => claimRows(lesson, schoolId)),
    );
    onProgress?.((start + part.length) / lessons.length);
  }
  const relays = lessons.filter(({ relay_next_id: next }) => next !== null);
  await sql`UPDATE lessons SET relay_next_id = given.relay_next_id
    FROM json_to_recordset(${JSON.stringify(relays.map(({ id, relay_next_id }) => ({ id, relay_next_id })))}::json)
      AS given (id uuid, relay_next_id uuid)
    WHERE lessons.id = given.id`.execute(transaction);
  if (isBulk) {
    await sql`ALTER TABLE resource_claims ADD CONSTRAINT resource_claims_no_overlap
      EXCLUDE USING gist (resource_id WITH =, during WITH &&) WHERE (active)`.execute(transaction);
  }
}

const lessonColumns: Columns = {
  school_id: 'uuid',
  id: 'uuid',
  short_code: 'text',
  student_id: 'uuid',
  enrolment_id: 'uuid',
  instructor_id: 'uuid',
  vehicle_id: 'uuid',
  location_id: 'uuid',
  type: 'text',
  starts_at: 'timestamptz',
  ends_at: 'timestamptz',
  time_zone: 'text',
  local_date: 'date',
  buffer_after_minutes: 'int',
  status: 'text',
  status_reason: 'text',
  cancelled_notice_at: 'timestamptz',
  pickup: 'text',
  reference_number: 'text',
  cancel_by: 'timestamptz',
  overrides: 'jsonb',
};

function lessonRow(lesson: DemoLesson, schoolId: string): object {
  const { starts_at, ends_at, cancel_by, status } = lesson;
  return {
    ...lesson,
    school_id: schoolId,
    starts_at: new Date(starts_at),
    ends_at: new Date(ends_at),
    cancel_by: cancel_by === null ? null : new Date(cancel_by),
    // Two days before.
    cancelled_notice_at: status === 'cancelled' ? new Date(starts_at - 48 * 3_600_000) : null,
  };
}

interface ClaimRow {
  readonly school_id: string;
  readonly source_kind: string;
  readonly source_id: string;
  readonly resource_kind: string;
  readonly resource_id: string;
  readonly during: string;
  readonly active: boolean;
}

/** The claims of a lesson, as `claimsOf` of contract/booking makes them. */
function claimRows(lesson: DemoLesson, school_id: string): ClaimRow[] {
  const { id: source_id, starts_at, ends_at, buffer_after_minutes } = lesson;
  const buffered = ends_at + buffer_after_minutes * 60_000;
  const claim = (resource_kind: string, resource_id: string, to: number): ClaimRow => ({
    school_id,
    source_kind: lesson.type === 'road_test' ? 'road_test' : 'lesson',
    source_id,
    resource_kind,
    resource_id,
    during: rangeText(starts_at, to),
    active: lesson.status !== 'cancelled',
  });
  return [
    claim('student', lesson.student_id, ends_at),
    claim('instructor', lesson.instructor_id, buffered),
    claim('vehicle', lesson.vehicle_id, buffered),
  ];
}

function rangeText(from: number, to: number): string {
  return `[${new Date(from).toISOString()},${new Date(to).toISOString()})`;
}

async function insertClaims(transaction: Handle, rows: readonly ClaimRow[]): Promise<void> {
  await insertRows(
    transaction,
    {
      table: 'resource_claims',
      columns: {
        school_id: 'uuid',
        source_kind: 'text',
        source_id: 'uuid',
        resource_kind: 'text',
        resource_id: 'uuid',
        during: 'tstzrange',
        active: 'boolean',
      },
    },
    rows,
  );
}

async function insertAbsences({ timeOff, outages }: DemoBook, schoolId: string, transaction: Handle): Promise<void> {
  for (const [table, of, source_kind, resource_kind, rows] of [
    ['time_off', 'instructor_id', 'time_off', 'instructor', timeOff],
    ['outages', 'vehicle_id', 'outage', 'vehicle', outages],
  ] as const) {
    await insertRows(
      transaction,
      {
        table,
        columns: {
          school_id: 'uuid',
          id: 'uuid',
          [of]: 'uuid',
          starts_at: 'timestamptz',
          ends_at: 'timestamptz',
          reason: 'text',
        },
      },
      rows.map(({ id, resource_id, from, to, reason }) => ({
        school_id: schoolId,
        id,
        [of]: resource_id,
        starts_at: new Date(from),
        ends_at: new Date(to),
        reason,
      })),
    );
    await insertClaims(
      transaction,
      rows.map(({ id, resource_id, from, to }) => ({
        school_id: schoolId,
        source_kind,
        source_id: id,
        resource_kind,
        resource_id,
        during: rangeText(from, to),
        active: true,
      })),
    );
  }
}
