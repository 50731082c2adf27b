/**
 * The search over everything in a school of 35,000 students and 60,000 lessons, on the embedded database and on a
 * PostgreSQL server, through the whole application. Writes `search.md`. `npm run bench:search`.
 */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { demoSchool } from '../seed/demo-school.ts';
import type { ApplicationDatabase } from '../server/platform/database/database.ts';
import {
  connectToProgram,
  connectToServer,
  type DirectConnection,
} from '../server/platform/database/direct-connection.ts';
import { skipWithoutPostgres, startPostgres } from '../server/platform/database/testing/postgres.ts';
import { testDatabase } from '../server/platform/database/testing/test-database.ts';
import { type Book, bookNow, openBook } from '../server/testing/book.ts';
import { median, quantile } from './statistics.ts';

const STUDENTS = 35_000;
const LESSONS = 60_000;
const LESSONS_PER_STATEMENT = 500;
const ROUNDS = 15;
const TARGET_MS = 200;

/** A search, and the beginning of a name that it must find. */
const searches: readonly (readonly [text: string, expected: string | undefined])[] = [
  ['t', undefined],
  ['tre', undefined],
  ['tremblay', 'Tremblay'],
  ['trembley', 'Tremblay'],
  ['macdonld', 'MacDonald'],
  ['jhon', undefined],
  ['zoe tremblay', 'Tremblay'],
  ['trembley zo', 'Tremblay'],
  ['4165550123', undefined],
  ['0123', undefined],
  ['50123', undefined],
  ['zoe.t@exa', undefined],
  ['l7k3f', undefined],
  ['L-7K', undefined],
  ['xqzwvk', undefined],
];

interface Figures {
  readonly text: string;
  readonly medianMs: number;
  readonly slowMs: number;
}

interface Run {
  readonly name: string;
  readonly figures: readonly Figures[];
  readonly plan: string;
}

const runs: Run[] = [];
{
  await using embedded = await testDatabase();
  // Without the application's limits of time: the machine may be busy with loading.
  const direct = connectToProgram(embedded.dataDirectory);
  if (direct === undefined) throw new Error('The embedded database has no socket.');
  runs.push(await run('embedded', embedded, direct));
  await direct[Symbol.asyncDispose]();
}
if (skipWithoutPostgres() === false) {
  await using postgres = await startPostgres();
  const url = await postgres.createDatabase('school');
  await using external = await testDatabase({ url });
  await using direct = connectToServer(url);
  runs.push(await run('PostgreSQL', external, direct));
}
write(runs);

async function run(name: string, database: ApplicationDatabase, direct: DirectConnection): Promise<Run> {
  await using book = await openBook(database);
  const { repository, unitOfWork } = book.application.school.students;
  process.stdout.write(`${name}: adding ${STUDENTS.toLocaleString('en')} students…\n`);
  const { students } = demoSchool({
    today: bookNow.slice(0, 10),
    studentCount: STUDENTS,
    schoolId: book.schoolId,
  });
  const rows = students.map(({ fields, ...student }) => ({
    ...student,
    // Licence numbers of that many students repeat.
    fields: { ...fields, licence_number: null, instructor_id: null },
  }));
  await unitOfWork.run((transaction) =>
    repository.insert(rows, { schoolId: book.schoolId, actorId: null }, transaction),
  );
  for (const [given, family] of [
    ['Zoé', 'Tremblay'],
    ['Ewan', 'MacDonald'],
  ] as const) {
    await book.addStudent({
      legal_given_names: given,
      legal_family_name: family,
      phone: '416-555-0123',
      email: `${given}.t@example.ca`.normalize('NFD').replaceAll(/\p{M}/gu, ''),
    });
  }
  await addLessons(book, direct);
  // One by one: a statement may take a few seconds.
  for (const table of ['students', 'lessons']) await sql`ANALYZE ${sql.table(table)}`.execute(direct.kysely);

  const figures: Figures[] = [];
  for (const [text, expected] of searches) {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const startedAt = performance.now();
      const { status, body } = await book.request(book.people.office, 'POST', '/api/search', { body: { q: text } });
      times.push(performance.now() - startedAt);
      if (status !== 200) throw new Error(`"${text}" was answered with ${status}.`);
      const names: string[] = body.data.students.map((student: { display_name: string }) => student.display_name);
      if (expected !== undefined && !names.some((found) => found.startsWith(expected))) {
        throw new Error(`"${text}" found ${names.join('; ')}.`);
      }
    }
    // The first one warms the caches.
    const measured = times.slice(1);
    figures.push({ text, medianMs: median(measured), slowMs: quantile(measured, 0.95) });
    process.stdout.write(`${name}: ${text.padEnd(16)} ${median(measured).toFixed(1)} ms\n`);
  }
  return { name, figures, plan: await planOf(book) };
}

/** Adds lessons of past and coming days without claims, which play no part in searches. */
async function addLessons(book: Book, { kysely }: DirectConnection): Promise<void> {
  const students = await book.sql.selectFrom('students').select('id').execute();
  const codes = codesInOrder();
  for (let from = 0; from < LESSONS; from += LESSONS_PER_STATEMENT) {
    const rows = Array.from({ length: Math.min(LESSONS_PER_STATEMENT, LESSONS - from) }, (_, index) => {
      const number = from + index;
      const startsMs = Date.parse('2025-12-01T12:00:00Z') + number * 7 * 60_000;
      return {
        id: randomUUID(),
        school_id: book.schoolId,
        short_code: codes.next().value,
        student_id: students[number % students.length]?.id,
        instructor_id: book.people.instructor.userId,
        location_id: book.locationId,
        type: 'private',
        starts_at: new Date(startsMs),
        ends_at: new Date(startsMs + 60 * 60_000),
        time_zone: 'America/Toronto',
        local_date: new Date(startsMs).toISOString().slice(0, 10),
        buffer_after_minutes: 15,
      };
    });
    await kysely.withTables<{ lessons: Record<string, unknown> }>().insertInto('lessons').values(rows).execute();
  }
}

function* codesInOrder(): Generator<string, never> {
  const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
  for (let number = 0; ; number += 1) {
    // A factor without common divisor spreads the codes.
    let rest = (number * 7_919) % letters.length ** 4;
    let code = '';
    for (let place = 0; place < 4; place += 1) {
      code += letters[rest % letters.length];
      rest = Math.floor(rest / letters.length);
    }
    yield `L-${code}`;
  }
}

async function planOf({ sql: database, schoolId }: Book): Promise<string> {
  return database.transaction().execute(async (transaction) => {
    await sql`SELECT set_config('pg_trgm.word_similarity_threshold', '0.5', true)`.execute(transaction);
    const { rows } = await sql<{ 'QUERY PLAN': string }>`
      EXPLAIN SELECT id FROM students WHERE school_id = ${schoolId}::uuid
        AND ('trembley'::text <% sort_name OR search_words @@ '''rtembley'':* | ''termbley'':*'::tsquery)
      ORDER BY word_similarity('trembley', sort_name) DESC LIMIT 8`.execute(transaction);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
}

function write(all: readonly Run[]): void {
  const [first] = all;
  if (first === undefined) return;
  const slowest = Math.max(...all.flatMap(({ figures }) => figures.map(({ medianMs }) => medianMs)));
  const lines = [
    '# Search',
    '',
    'Written by `npm run bench:search`, never by hand.',
    '',
    `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores; Node ${process.versions.node}.`,
    '',
    `${STUDENTS.toLocaleString('en')} students and ${LESSONS.toLocaleString('en')} lessons; \`POST /api/search\` through the whole application, ${ROUNDS} times each: median (95 %).`,
    '',
    `| search | ${all.map(({ name }) => name).join(' | ')} |`,
    `| --- | ${all.map(() => '---').join(' | ')} |`,
    ...first.figures.map(
      ({ text }, index) => `| \`${text}\` | ${all.map(({ figures }) => timesText(figures[index])).join(' | ')} |`,
    ),
    '',
    `Target: each median at most ${TARGET_MS} ms: ${slowest <= TARGET_MS ? 'met' : 'not met'}.`,
    '',
    'The plan of the search for similar names:',
    '',
    ...all.flatMap(({ name, plan }) => [`${name}:`, '', '```', plan, '```', '']),
  ];
  writeFileSync(join(import.meta.dirname, 'search.md'), lines.join('\n'));
  if (slowest > TARGET_MS) process.exitCode = 1;
}

function timesText(figures: Figures | undefined): string {
  return figures === undefined ? '' : `${figures.medianMs.toFixed(0)} ms (${figures.slowMs.toFixed(0)} ms)`;
}
