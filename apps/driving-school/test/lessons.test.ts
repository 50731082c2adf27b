/** Lessons in the real program: many clients at once, while the database is killed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { join } from 'node:path';
import { Client as PostgresClient } from 'pg';
import { seeded } from './book-client.ts';
import { type Client, databasePid, Program, signInAsOwner, until } from './program.ts';

interface Lesson {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly starts_at: string;
}

async function connect(program: Program): Promise<PostgresClient> {
  const client = new PostgresClient({
    host: join(program.dataDirectory, 'run'),
    user: 'postgres',
    database: 'postgres',
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Adds what lessons need and returns the IDs. */
async function furnish(program: Program) {
  const client = await connect(program);
  const one = async (query: string, values: unknown[] = []): Promise<string> =>
    (await client.query(`${query} RETURNING id`, values)).rows[0].id;
  const school = (await client.query('SELECT id FROM schools')).rows[0].id;
  const location = await one(
    `INSERT INTO locations (id, school_id, name, time_zone) VALUES (gen_random_uuid(), $1, 'Main', 'America/Toronto')`,
    [school],
  );
  const instructors = [];
  for (const name of ['Ines', 'Ivan', 'Iris']) {
    const id = await one(`INSERT INTO users (school_id, role, name) VALUES ($1, 'instructor', $2)`, [school, name]);
    await client.query(`INSERT INTO instructors (id, school_id, licence_expires_on) VALUES ($1, $2, '2029-03-31')`, [
      id,
      school,
    ]);
    await client.query(
      `INSERT INTO instructor_hours (school_id, instructor_id, weekday, minutes)
       SELECT $1, $2, weekday, int4range(0, 1440) FROM generate_series(1, 7) AS weekday`,
      [school, id],
    );
    instructors.push(id);
  }
  const vehicles = [];
  for (const plate of ['AAAA 111', 'BBBB 222', 'CCCC 333']) {
    vehicles.push(
      await one(
        `INSERT INTO vehicles (id, school_id, plate, insurance_expires_on, registration_expires_on)
         VALUES (gen_random_uuid(), $1, $2, '2029-12-31', '2029-12-31')`,
        [school, plate],
      ),
    );
  }
  await client.end();
  return { location, instructors, vehicles };
}

async function addStudents(client: Client, count: number): Promise<string[]> {
  const ids = [];
  for (let index = 0; index < count; index += 1) {
    const response = await client.post('/api/students', {
      legal_given_names: 'Zoé',
      legal_family_name: `Tremblay ${'abcdefghij'[index]}`,
      birth_date: '2000-01-31',
      licence_class: 'G2',
    });
    assert.equal(response.status, 201, await response.clone().text());
    ids.push(((await response.json()) as { data: { id: string } }).data.id);
  }
  return ids;
}

test('B5: 200 changes from 20 connections while the database is killed: nothing overlaps, nothing acknowledged is lost or doubled', async (context) => {
  await using program = await Program.start();
  const owner = await signInAsOwner(program);
  const { location, instructors, vehicles } = await furnish(program);
  const students = await addStudents(owner, 6);
  const random = seeded(20_260_309);
  /** The last acknowledged state of each lesson. */
  const acknowledged = new Map<string, Lesson>();
  const counts: Record<string, number> = {};
  let unsettled = 0;
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const time = (): string =>
    `2027-03-0${1 + random(3)}T${String(8 + random(8)).padStart(2, '0')}:${pick(['00', '15', '30'])}`;

  /** Sends a change until its outcome is known: the same key settles it. */
  const settle = async (path: string, body: unknown, headers: Record<string, string>): Promise<void> => {
    const key = randomUUID();
    await until(`${path} is answered`, async () => {
      const response = await owner
        .send('POST', path, body, { ...headers, 'idempotency-key': key })
        .catch(() => undefined);
      if (response === undefined || response.status >= 500) {
        unsettled += 1;
        return false;
      }
      const answer = (await response.json()) as { readonly data?: Lesson; readonly code?: string };
      const name = response.ok ? String(response.status) : `${response.status} ${answer.code}`;
      counts[name] = (counts[name] ?? 0) + 1;
      if (answer.data !== undefined && response.ok) {
        const known = acknowledged.get(answer.data.id);
        if (known === undefined || known.version < answer.data.version) acknowledged.set(answer.data.id, answer.data);
      }
      return true;
    });
  };
  const change = async (): Promise<void> => {
    const lesson = acknowledged.size === 0 ? undefined : pick([...acknowledged.values()]);
    const dice = random(10);
    if (lesson === undefined || dice < 5) {
      await settle(
        '/api/lessons',
        {
          type: 'private',
          student_id: pick(students),
          instructor_id: pick(instructors),
          vehicle_id: pick(vehicles),
          location_id: location,
          starts_at: time(),
          minutes: 60,
        },
        {},
      );
      return;
    }
    const [action, body] =
      dice < 8
        ? ['move', { starts_at: time(), instructor_id: pick(instructors), vehicle_id: pick(vehicles) }]
        : dice < 9
          ? ['cancel', { reason: 'student' }]
          : ['undo', undefined];
    await settle(`/api/lessons/${lesson.id}/${action}`, body ?? {}, { 'if-match': `"${lesson.version}"` });
  };

  let left = 200;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if (left === 150 || left === 70) process.kill(await databasePid(owner), 'SIGKILL');
      await change();
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  context.diagnostic(`${JSON.stringify(counts)}; ${unsettled} attempts during outages`);
  assert.ok(unsettled > 0, 'the outages were noticed');
  assert.ok((counts['201'] ?? 0) > 5 && (counts['200'] ?? 0) > 5, JSON.stringify(counts));

  const client = await connect(program);
  const overlaps = await client.query(
    `SELECT count(*)::int AS found FROM resource_claims a JOIN resource_claims b ON a.resource_id = b.resource_id
       AND a.active AND b.active AND (a.source_id, a.resource_kind) < (b.source_id, b.resource_kind)
       AND lower(a.during) < upper(b.during) AND lower(b.during) < upper(a.during)`,
  );
  assert.equal(overlaps.rows[0].found, 0);
  // The lessons of the demo school have no author.
  const { rows } = await client.query(
    'SELECT id, version, status, starts_at FROM lessons WHERE created_by IS NOT NULL',
  );
  assert.equal(rows.length, counts['201'], 'each acknowledged booking is there once, and no other');
  for (const row of rows) {
    const known = acknowledged.get(row.id);
    assert.ok(known !== undefined, 'only acknowledged bookings');
    assert.deepEqual(
      [row.version, row.status, row.starts_at.toISOString()],
      [known.version, known.status, known.starts_at],
    );
  }
  const wrong = await client.query(
    `SELECT l.id FROM lessons l LEFT JOIN resource_claims c ON c.source_id = l.id AND c.active
     WHERE l.created_by IS NOT NULL GROUP BY l.id HAVING count(c.*) <> CASE l.status WHEN 'booked' THEN 3 ELSE 0 END`,
  );
  assert.deepEqual(wrong.rows, [], 'claims agree with lessons');
  await client.end();
});
