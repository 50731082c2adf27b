// Measures the calendar of a week with 50 instructors (2,100 lessons), and a refresh of the standby (4,500 lessons), on
// the embedded database, in milliseconds. Also how long they block the event loop.
// node --conditions=source --import tsx apps/driving-school/server/schedule/testing/measure-schedule.ts
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sql } from 'kysely';
import { type ScheduleSchool, scheduleSchool } from './schedule-school.ts';

/** Adds instructors, 500 students with a course, and six lessons a day for each instructor. */
export async function fillSchedule(there: ScheduleSchool, { instructors = 50, days = 15 } = {}): Promise<void> {
  const { database, schoolId } = there.school;
  await sql`INSERT INTO users (id, school_id, role, name, email)
    SELECT gen_random_uuid(), ${schoolId}, 'instructor', 'Many ' || n, 'many' || n || '@example.com'
    FROM generate_series(1, ${instructors}::int) n`.execute(database.kysely);
  await sql`INSERT INTO students (id, school_id, legal_given_names, legal_family_name, birth_date, phone, licence_class,
      sms_capable, preferred_language, status, sort_name, search_words,
      emergency_contact_name, emergency_contact_telephone, emergency_contact_relation)
    SELECT gen_random_uuid(), ${schoolId}, 'Given' || n, 'Family' || n, '2005-03-09', '+14165550123', 'G1', 'unknown', 'en',
      'active', 'family' || n, ''::tsvector, 'Marie Student', '+14165550199', 'mother'
    FROM generate_series(1, 500) n`.execute(database.kysely);
  await sql`INSERT INTO enrolments (id, school_id, student_id, kind, rule_set_id, course_started_on, deadline_on)
    SELECT gen_random_uuid(), school_id, id, 'bde', (SELECT id FROM rule_sets WHERE school_id = ${schoolId} LIMIT 1),
      '2026-03-01', '2027-02-28' FROM students WHERE sort_name LIKE 'family%'`.execute(database.kysely);
  // A statement a day: longer ones would run into the limit of statements.
  for (let day = 0; day < days; day += 1) {
    await sql`INSERT INTO lessons (id, school_id, short_code, student_id, enrolment_id, instructor_id, location_id, type,
        starts_at, ends_at, time_zone, local_date, buffer_after_minutes, pickup, notes)
      SELECT gen_random_uuid(), ${schoolId},
        'L-' || translate(to_hex(1048576 + i.n * 100 + d * 6 + h), '01abcdef', 'GHABCDEF'),
        s.student_id, s.id, i.id, ${there.locationId}, 'bde_in_vehicle',
        ('2026-03-15'::date + d + make_interval(hours => 8 + h)) AT TIME ZONE 'America/Toronto',
        ('2026-03-15'::date + d + make_interval(hours => 9 + h)) AT TIME ZONE 'America/Toronto',
        'America/Toronto', '2026-03-15'::date + d, 15, '1 Bloor Street West, Toronto', 'Practise merging.'
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE name LIKE 'Many%') i
      CROSS JOIN (SELECT ${day}::int AS d) days CROSS JOIN generate_series(0, 5) h
      JOIN (SELECT id, student_id, row_number() OVER (ORDER BY id) AS n FROM enrolments) s
        ON s.n = 1 + (i.n * 91 + d * 7 + h * 13) % 500`.execute(database.kysely);
  }
  await sql`ANALYZE`.execute(database.kysely);
}

async function measure(name: string, action: () => Promise<unknown>, rounds = 7): Promise<void> {
  const times: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await action();
  delay.enable();
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await action();
    times.push(performance.now() - startedAt);
  }
  delay.disable();
  times.sort((one, other) => one - other);
  process.stdout.write(
    `${name}: median ${times[Math.floor(rounds / 2)]?.toFixed(0)} ms, worst ${times.at(-1)?.toFixed(0)} ms, ` +
      `event loop blocked at most ${(delay.max / 1e6).toFixed(0)} ms\n`,
  );
}

if (process.argv[1] === import.meta.filename) {
  await using there = await scheduleSchool();
  await fillSchedule(there);
  const { owner, instructor } = there.school.people;
  const week = '/api/calendar?from=2026-03-16&to=2026-03-22';
  await measure('week, live', () => there.get(owner, week));
  await measure('week of one instructor, live', () => there.get(instructor, week));
  await measure('day sheets of all, live', () => there.get(owner, '/api/day-sheets/2026-03-17'));
  await measure('refresh', () => there.schedule.standby.refresh());
  for (const group of ['database-read'])
    there.registry.control(group, 'database', 'isolate', { reason: 'measure', forMs: 600_000 });
  await measure('week, copy', () => there.get(owner, week));
  await measure('day sheets of all, copy', () => there.get(owner, '/api/day-sheets/2026-03-17'));
}
