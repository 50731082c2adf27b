/**
 * The book of a large school through the real program, beside bare queries of the same data: `npm run bench:book --
 * [--database embedded|postgres] [--size S|M|L] [--keep DIR] [--out FILE]`. Writes `book.md`. With `--keep`, the loaded
 * school is used again by the next run.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client as Connection } from 'pg';
import { addDays } from '../contract/parsers.ts';
import { SOCKET_PORT } from '../server/platform/database/database.ts';
import { startPostgres, type TestPostgres } from '../server/platform/database/testing/postgres.ts';
import { until } from '../server/platform/database/testing/until.ts';
import { type Client, ownerPassword, Program, signIn, signInAsOwner } from '../test/program.ts';
import { median, quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string' },
    size: { type: 'string', default: 'L' },
    keep: { type: 'string' },
    rounds: { type: 'string', default: '40' },
    out: { type: 'string', default: join(import.meta.dirname, 'book.md') },
  },
});
const rounds = Number(options.rounds);
const kinds = options.database === undefined ? ['postgres', 'embedded'] : [options.database];
/** A Monday, so that every run has the same coming weeks. */
const today = '2026-03-02';
const weekEnd = addDays(today, 6);
const slotsFrom = addDays(today, 1);
const slotsTo = addDays(today, 14);
const loadLimitMs = 20 * 60_000;

interface Figure {
  readonly name: string;
  readonly medianMs: number;
  readonly slowMs: number;
  readonly count: number;
  readonly bareMs: number | undefined;
  readonly targetMs: number | undefined;
  readonly bytes: number;
}

interface Run {
  readonly kind: string;
  readonly loadedIn: string;
  readonly contents: string;
  readonly figures: readonly Figure[];
  readonly plans: readonly string[];
}

/** A query of the same data, without the program. */
interface Bare {
  readonly text: string;
  readonly values: readonly unknown[];
}

const keptIn = options.keep === undefined ? undefined : resolve(options.keep);
const base = keptIn ?? mkdtempSync(join(tmpdir(), 'bench-book-'));
const runs: Run[] = [];
try {
  for (const kind of kinds) runs.push(await (kind === 'postgres' ? runOnPostgres() : runEmbedded()));
} finally {
  if (keptIn === undefined) rmSync(base, { recursive: true, force: true });
}
const report = reportOf(runs);
writeFileSync(options.out, report);
process.stdout.write(`\n${report.replace(/<!--[^]*?-->\n?/g, '')}`);
if (runs.some(({ figures }) => figures.some((figure) => !isMet(figure)))) process.exitCode = 1;

async function runOnPostgres(): Promise<Run> {
  const directory = join(base, `postgres-${options.size}`);
  const folder = join(base, `program-${options.size}`);
  const isLoaded = existsSync(join(directory, 'loaded'));
  if (!isLoaded) for (const each of [directory, folder]) rmSync(each, { recursive: true, force: true });
  await using postgres = await startPostgres({ directory, durable: true });
  const url = isLoaded ? postgres.url.replace('/postgres?', '/school?') : await postgres.createDatabase('school');
  // Awaited, because the server must outlive it.
  return await run({ kind: 'postgres', folder, mark: join(directory, 'loaded'), url, postgres });
}

function runEmbedded(): Promise<Run> {
  const folder = join(base, `embedded-${options.size}`);
  const mark = join(base, `embedded-${options.size}.loaded`);
  if (!existsSync(mark)) rmSync(folder, { recursive: true, force: true });
  return run({ kind: 'embedded', folder, mark });
}

async function run(side: {
  readonly kind: string;
  readonly folder: string;
  /** Exists when the school has been loaded; contains how long that took. */
  readonly mark: string;
  readonly url?: string;
  readonly postgres?: TestPostgres;
}): Promise<Run> {
  const { kind, folder, mark, url, postgres } = side;
  const isLoaded = existsSync(mark);
  mkdirSync(folder, { recursive: true });
  say(`${kind}: ${isLoaded ? 'starting with the loaded school' : `loading size ${options.size}`}`);
  const startedAt = performance.now();
  await using program = await Program.launch({
    dataDirectory: folder,
    built: true,
    environment: {
      DEMO_DATA: options.size,
      SCHOOL_NOW: `${today}T13:00:00Z`,
      ...(url === undefined ? {} : { DATABASE_URL: url, ALLOW_TEST_HANDLES: 'yes' }),
    },
  });
  let printed = 0;
  await until(
    'the program is ready',
    () => {
      const { output, exitCode } = program;
      if (!isLoaded) process.stdout.write(output.slice(printed));
      printed = output.length;
      if (exitCode !== null) throw new Error(`The program has ended:\n${output}`);
      // A server that is slow to accept connections gets the school after the program is ready.
      return output.includes('Ready: ') && (isLoaded || output.includes('A fictional school was added'));
    },
    { limitMs: loadLimitMs, everyMs: 250 },
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  const client = isLoaded
    ? await signIn(program.address, 'olive@example.com', ownerPassword)
    : await signInAsOwner(program);
  const direct = new Connection(
    url === undefined
      ? {
          host: realpathSync(join(folder, 'run')),
          port: SOCKET_PORT,
          user: 'postgres',
          database: 'postgres',
        }
      : url,
  );
  direct.on('error', () => undefined);
  await direct.connect();
  if (!isLoaded) {
    // The embedded database keeps its statistics itself, and its supervisor takes a statement this long for a hang.
    for (const table of url === undefined ? [] : ['students', 'lessons', 'resource_claims', 'enrolments'])
      await direct.query(`ANALYZE ${table}`);
    writeFileSync(mark, seconds);
  }
  const measured = await measureAll(client, direct, kind);
  await direct.end();
  const down = postgres === undefined ? [] : await measureDown(client, postgres, kind);
  return {
    kind,
    loadedIn: readFileSync(mark, 'utf8'),
    ...measured,
    figures: [...measured.figures, ...down],
  };
}

async function measureAll(
  client: Client,
  direct: Connection,
  kind: string,
): Promise<Pick<Run, 'contents' | 'figures' | 'plans'>> {
  const one = async <T extends object>(text: string, values: unknown[] = []): Promise<T> => {
    const { rows } = await direct.query<T>(text, values);
    const [row] = rows;
    if (row === undefined) throw new Error(`No row: ${text}`);
    return row;
  };
  const counts = await one<Record<'students' | 'instructors' | 'vehicles' | 'lessons' | 'claims', number>>(`SELECT
    (SELECT count(*)::int FROM students) AS students, (SELECT count(*)::int FROM instructors) AS instructors,
    (SELECT count(*)::int FROM vehicles) AS vehicles, (SELECT count(*)::int FROM lessons) AS lessons,
    (SELECT count(*)::int FROM resource_claims) AS claims`);
  const contents = Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    .join(', ');
  const { school_id: schoolId, id: locationId } = await one<{ school_id: string; id: string }>(
    `SELECT school_id, id FROM locations WHERE name = 'Toronto'`,
  );
  // Students who may have lessons in the coming weeks, and have none.
  const { rows: students } = await direct.query<{ id: string }>(
    `SELECT id FROM students s WHERE school_id = $1 AND status = 'active' AND licence_class <> 'none'
      AND licence_expires_on > $2::date + 60 AND birth_date < $2::date - 365 * 17
      AND NOT EXISTS (SELECT FROM lessons WHERE student_id = s.id AND local_date >= $2::date)
      ORDER BY id DESC LIMIT 200`,
    [schoolId, today],
  );
  const studentId = students[0]?.id ?? '';
  const figures: Figure[] = [];
  const plans: string[] = [];
  const measure = async (
    name: string,
    targetMs: number | undefined,
    ask: (round: number) => Promise<Response>,
    bare?: Bare | (() => Promise<number>),
  ): Promise<void> => {
    const times: number[] = [];
    const bareTimes: number[] = [];
    let bytes = 0;
    const least = Math.min(rounds, 40);
    for (let round = -3; round < least; round += 1) {
      const begin = performance.now();
      const answer = await ask(round + 3);
      const text = await answer.text();
      const ms = performance.now() - begin;
      if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text.slice(0, 600)}`);
      bytes = text.length;
      let bareMs: number | undefined;
      if (typeof bare === 'function') bareMs = await bare();
      else if (bare !== undefined) {
        const bareBegin = performance.now();
        await direct.query(bare.text, [...bare.values]);
        bareMs = performance.now() - bareBegin;
      }
      // The first ones warm the caches.
      if (round < 0) continue;
      times.push(ms);
      if (bareMs !== undefined) bareTimes.push(bareMs);
    }
    if (bare !== undefined && typeof bare !== 'function') {
      const { rows } = await direct.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${bare.text}`, [...bare.values]);
      plans.push(`${kind}, ${name}:\n${rows.map((row) => `  ${row['QUERY PLAN']}`).join('\n')}`);
    }
    add(figures, kind, {
      name,
      medianMs: median(times),
      slowMs: quantile(times, 0.95),
      count: times.length,
      bareMs: bareTimes.length === 0 ? undefined : median(bareTimes),
      targetMs,
      bytes,
    });
  };

  await measure(
    'a student’s record',
    100,
    (round) => client.fetch(`/api/students/${students[round]?.id ?? studentId}`),
    { text: 'SELECT * FROM students WHERE id = $1', values: [studentId] },
  );
  await measure('the list of students, 50 of them', undefined, () => client.fetch('/api/students?limit=50'), {
    text: `SELECT * FROM students WHERE school_id = $1 AND status = 'active' ORDER BY sort_name, id LIMIT 51`,
    values: [schoolId],
  });
  for (const text of [
    't',
    'tremblay',
    'trembley',
    'macdonld',
    'zoe tremblay',
    '4165550123',
    '50123',
    'l7k3f',
    'L-7K',
    'xqzwvk',
  ]) {
    const word = text.split(' ').at(-1) ?? '';
    await measure(`search: \`${text}\``, 200, () => client.send('POST', '/api/search', { q: text }), {
      text: `SELECT id FROM students WHERE school_id = $1 AND search_words @@ $2::tsquery ORDER BY sort_name LIMIT 8`,
      values: [schoolId, `'${word.toLowerCase()}':*`],
    });
  }
  const lessonsOf = (from: string, to: string): Bare => ({
    text: 'SELECT * FROM lessons WHERE school_id = $1 AND local_date BETWEEN $2::date AND $3::date',
    values: [schoolId, from, to],
  });
  await measure(
    'the week of all instructors',
    300,
    () => client.fetch(`/api/calendar?from=${today}&to=${weekEnd}`),
    lessonsOf(today, weekEnd),
  );
  await measure(
    'the week of all cars',
    300,
    () => client.fetch(`/api/calendar?from=${today}&to=${weekEnd}&by=vehicle`),
    lessonsOf(today, weekEnd),
  );
  await measure('the day sheet', undefined, () => client.fetch(`/api/day-sheets/${today}`), lessonsOf(today, today));
  const slots = (student: string, limit: number): string =>
    `/api/slots?student_id=${student}&location_id=${locationId}&minutes=60&from=${slotsFrom}&to=${slotsTo}&limit=${limit}`;
  await measure('slots: 14 days, all instructors and cars', 500, () => client.fetch(slots(studentId, 200)), {
    text: `SELECT resource_id, lower(during), upper(during) FROM resource_claims
      WHERE school_id = $1 AND active AND during && tstzrange($2::date, $3::date)`,
    values: [schoolId, slotsFrom, addDays(slotsTo, 1)],
  });
  await measure('expiring licences and papers', undefined, () => client.fetch('/api/compliance'));
  await measureBookings();
  return { contents, figures, plans };

  /** Books lessons of as many students in free slots, and deletes them again. */
  async function measureBookings(): Promise<void> {
    const answer = (await (await client.fetch(slots(studentId, 5_000))).json()) as {
      data: { starts_at: string; instructor_id: string; vehicle_id: string | null }[];
    };
    // Each instructor and each car once a day: no two of them overlap.
    const taken = new Set<string>();
    const free = answer.data.filter(({ starts_at: at, instructor_id, vehicle_id }) => {
      const keys = [`${at.slice(0, 10)} ${instructor_id}`, `${at.slice(0, 10)} ${vehicle_id}`];
      if (keys.some((key) => taken.has(key))) return false;
      for (const key of keys) taken.add(key);
      return true;
    });
    const before = new Date();
    const seen = new Set<number>();
    await measure(
      'booking a lesson',
      250,
      (round) => {
        seen.add(round);
        const slot = free[round];
        if (slot === undefined) throw new Error(`Only ${free.length} free slots.`);
        return client.post('/api/lessons', {
          student_id: students[round]?.id,
          instructor_id: slot.instructor_id,
          vehicle_id: slot.vehicle_id,
          location_id: locationId,
          type: 'private',
          starts_at: slot.starts_at,
          minutes: 60,
        });
      },
      bareBooking,
    );
    await direct.query(
      'DELETE FROM resource_claims c USING lessons l WHERE c.source_id = l.id AND l.created_at >= $1 AND l.created_by IS NOT NULL',
      [before],
    );
    await direct.query('DELETE FROM lessons WHERE created_at >= $1 AND created_by IS NOT NULL', [before]);
  }

  /** Inserts a lesson and its claims in a year without lessons, and commits. @returns milliseconds */
  async function bareBooking(): Promise<number> {
    const id = randomUUID();
    const code = `L-${Array.from(id.replaceAll(/[-01]/g, '').toUpperCase()).slice(0, 6).join('')}`;
    const begin = performance.now();
    await direct.query('BEGIN');
    await direct.query(
      `INSERT INTO lessons (id, school_id, short_code, student_id, instructor_id, vehicle_id, location_id, type, starts_at,
          ends_at, time_zone, local_date, buffer_after_minutes)
        SELECT $1, school_id, $2, student_id, instructor_id, vehicle_id, location_id, type, starts_at + interval '9 years',
          ends_at + interval '9 years', time_zone, local_date, buffer_after_minutes FROM lessons
        WHERE school_id = $3 AND local_date = $4::date LIMIT 1`,
      [id, code, schoolId, today],
    );
    await direct.query(
      `INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
        SELECT school_id, 'lesson', id, kind, resource, tstzrange(starts_at, ends_at)
        FROM lessons, unnest(ARRAY['student', 'instructor', 'vehicle'], ARRAY[student_id, instructor_id, vehicle_id])
          AS given (kind, resource) WHERE id = $1`,
      [id],
    );
    await direct.query('COMMIT');
    const ms = performance.now() - begin;
    await direct.query('DELETE FROM resource_claims WHERE source_id = $1', [id]);
    await direct.query('DELETE FROM lessons WHERE id = $1', [id]);
    return ms;
  }
}

/** Reads copies, and is refused changes, while PostgreSQL is killed and the breaker is open. */
async function measureDown(client: Client, postgres: TestPostgres, kind: string): Promise<Figure[]> {
  const page = (await (await client.fetch('/api/students?limit=40')).json()) as { data: { id: string }[] };
  const ids = page.data.map(({ id }) => id);
  for (const id of ids) await (await client.fetch(`/api/students/${id}`)).text();
  await postgres.kill();
  const read = (index: number): Promise<Response> => client.fetch(`/api/students/${ids[index % ids.length]}`);
  // The first failures open the breaker.
  for (let round = 0; round < 20; round += 1) await (await read(round)).text();
  const figures: Figure[] = [];
  const measure = async (
    name: string,
    targetMs: number,
    status: number,
    ask: (round: number) => Promise<Response>,
  ): Promise<void> => {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < rounds * 5; round += 1) {
      const begin = performance.now();
      const answer = await ask(round);
      bytes = (await answer.text()).length;
      times.push(performance.now() - begin);
      if (answer.status !== status) throw new Error(`${name}: ${answer.status}`);
    }
    add(figures, kind, {
      name,
      medianMs: median(times),
      slowMs: quantile(times, 0.95),
      count: times.length,
      bareMs: undefined,
      targetMs,
      bytes,
    });
  };
  await measure('database down: a student’s record, from a copy', 20, 200, read);
  await measure('breaker open: a search of the compliance list is refused', 5, 503, () =>
    client.fetch('/api/compliance'),
  );
  await measure('database down: the week, from the copy', 300, 200, () =>
    client.fetch(`/api/calendar?from=${today}&to=${weekEnd}`),
  );
  return figures;
}

function add(figures: Figure[], kind: string, figure: Figure): void {
  figures.push(figure);
  const { name, medianMs, slowMs, bareMs } = figure;
  say(
    `${kind}: ${name.padEnd(58)} ${msText(medianMs)} (95 %: ${msText(slowMs)}), bare ${bareMs === undefined ? '-' : msText(bareMs)}`,
  );
}

function isMet({ slowMs, targetMs }: Figure): boolean {
  return targetMs === undefined || slowMs <= targetMs;
}

function msText(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function reportOf(all: readonly Run[]): string {
  const lines = [
    '# The book of a large school',
    '',
    'Written by `npm run bench:book`, never by hand.',
    '',
    `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, load ${(loadavg()[0] ?? 0).toFixed(1)} at the end; Node ${process.versions.node}.`,
    '',
    'Requests of a signed-in owner to the real program in a process of its own, one after the other. *Bare* is a query of the',
    'same data on a plain `pg` connection, between the requests; the ratio is that of the medians. Targets are for 95 % of',
    'the requests. PostgreSQL syncs each commit to the disk, as does the embedded database.',
    '',
  ];
  for (const { kind, loadedIn, contents, figures } of all) {
    lines.push(
      `## ${kind === 'postgres' ? 'PostgreSQL' : 'The embedded database'}, size ${options.size}`,
      '',
      `${contents}; loaded in ${loadedIn} seconds.`,
      '',
      '| | median | 95 % | n | bare | ratio | answer | target | |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...figures.map((figure) => {
        const { name, medianMs, slowMs, count, bareMs, targetMs, bytes } = figure;
        const bare = bareMs === undefined ? ' | ' : `${msText(bareMs)} | ${(medianMs / bareMs).toFixed(1)}`;
        const target = targetMs === undefined ? ' | ' : `${targetMs} ms | ${isMet(figure) ? 'met' : 'not met'}`;
        return `| ${name} | ${msText(medianMs)} | ${msText(slowMs)} | ${count} | ${bare} | ${(bytes / 1_000).toFixed(1)} kB | ${target} |`;
      }),
      '',
    );
  }
  const plans = all.flatMap((each) => each.plans).join('\n\n');
  return `${lines.join('\n')}\n<!--\nThe plans of the bare queries.\n\n${plans.replaceAll('--', '- -')}\n-->\n`;
}
