import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, databasePid, keepDead, Program, signInAsOwner, until } from './program.ts';

interface Seen {
  readonly at: number;
  readonly status: number;
  readonly stale: boolean;
  readonly asOf: string;
  readonly tookMs: number;
}

interface StudentList {
  readonly data: readonly { id: string }[];
}

interface StatusReport {
  readonly attention: readonly { readonly kind: string }[];
  readonly changes: readonly { what: string }[];
  readonly services: readonly { name: string; facts: Record<string, unknown> }[];
}

test('the database is killed while known students are read: no request fails, copies answer, it recovers automatically', async (context) => {
  await using program = await Program.start();
  const client = await signInAsOwner(program);
  const known = await someStudents(client, 20);
  for (const id of known) assert.equal((await client.fetch(`/api/students/${id}`)).status, 200);
  const neverSeen = (await someStudents(client, 60)).filter((id) => !known.includes(id));
  const firstPid = await databasePid(client);

  const reading = readAtRate(client, known, 50);
  await until('some live answers', () => reading.seen.length > 25);
  const killedAt = performance.now();
  process.kill(firstPid, 'SIGKILL');

  const firstStale = await until('answers are copies', () => reading.seen.find(({ stale }) => stale));
  const writing = await client.post('/api/students', aStudent());
  const unseen = await client.fetch(`/api/students/${neverSeen[0]}`);
  const { at: liveAgainAt } = await until('answers are live again', () =>
    reading.seen.find(({ at, stale }) => !stale && at > firstStale.at),
  );
  await until('a second of calm', () => reading.seen.filter(({ at }) => at > liveAgainAt).length > 50);
  await reading.stop();

  const failed = reading.seen.filter(({ status }) => status !== 200);
  assert.deepEqual(failed, [], 'no request fails');
  assert.match(firstStale.asOf, /^\d{4}-\d\d-\d\dT/);
  // The restart may have been quicker than these two requests, so assert only what they must never answer.
  assert.ok([201, 503].includes(writing.status), `writing answered ${writing.status}`);
  assert.ok([200, 503].includes(unseen.status), `a student never seen answered ${unseen.status}`);
  assert.notEqual(await databasePid(client), firstPid);
  const shown = (await (await client.fetch('/admin/api/v1/overview')).json()) as StatusReport;
  const steps = shown.changes.map(({ what }) => what);
  assert.ok(steps.includes('closed to open'), `the status page showed no opening: ${steps.join(', ')}`);
  assert.ok(
    steps.some((what) => what.endsWith('to closed')),
    `the status page showed no closing: ${steps.join(', ')}`,
  );
  assert.equal(shown.services.find(({ name }) => name === 'database')?.facts['restarts'], 1);
  // The incident stays open for a minute, and nobody has acknowledged it; nothing else is left of the outage.
  assert.deepEqual(
    shown.attention.filter(({ kind }) => kind !== 'incident'),
    [],
  );
  const slowest = Math.max(...reading.seen.map(({ tookMs }) => tookMs));
  const stale = reading.seen.filter((answer) => answer.stale).length;
  context.diagnostic(
    `${reading.seen.length} reads, ${stale} from copies, first copy ${Math.round(firstStale.at - killedAt)} ms after the kill, ` +
      `live again after ${Math.round(liveAgainAt - killedAt)} ms, slowest read ${Math.round(slowest)} ms`,
  );
});

test('while the database can’t recover, known students come from copies, unknown ones get 503 (never 404), and writes are refused', async () => {
  await using program = await Program.start();
  const client = await signInAsOwner(program);
  const [known, other] = await someStudents(client, 2);
  const live = (await (await client.fetch(`/api/students/${known}`)).json()) as { data: unknown };
  assert.ok(known !== undefined && other !== undefined);
  const pids = keepDead(client);
  await until(
    'copies answer',
    async () => ((await (await client.fetch(`/api/students/${known}`)).json()) as { stale: boolean }).stale,
  );

  const copy = await client.fetch(`/api/students/${known}`);
  const body = (await copy.json()) as { stale: boolean; as_of: string; data: unknown };
  const unseen = await client.fetch(`/api/students/${other}`);
  const unknown = await client.fetch('/api/students/019a0000-0000-7000-8000-000000000000');
  const write = await client.post('/api/students', aStudent());
  const ready = await fetch(`${program.address}/readyz`);
  const alive = await fetch(`${program.address}/healthz`);
  await pids.stop();

  assert.equal(copy.status, 200);
  assert.equal(body.stale, true);
  assert.equal(copy.headers.get('x-data-as-of'), body.as_of);
  assert.deepEqual(body.data, live.data);
  for (const answer of [unseen, unknown, write]) {
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  }
  assert.ok(Number(unseen.headers.get('retry-after')) > 0);
  assert.match(((await write.json()) as { detail: string }).detail, /nothing was saved/i);
  assert.equal(ready.status, 503);
  assert.equal(alive.status, 200);
  await until(
    'live again',
    async () => !((await (await client.fetch(`/api/students/${known}`)).json()) as { stale: boolean }).stale,
  );
});

/** Reads students at a fixed rate, regardless of how long answers take. */
function readAtRate(
  client: Client,
  ids: readonly string[],
  perSecond: number,
): { seen: Seen[]; stop: () => Promise<void> } {
  const seen: Seen[] = [];
  const running = new Set<Promise<void>>();
  let count = 0;
  const read = async (id: string): Promise<void> => {
    const startedAt = performance.now();
    let status = 0;
    let body: { stale?: boolean; as_of?: string } = {};
    try {
      const response = await client.fetch(`/api/students/${id}`);
      status = response.status;
      body = (await response.json()) as typeof body;
    } catch {
      // Status 0 means that there was no answer.
    }
    const at = performance.now();
    seen.push({ at, status, stale: body.stale === true, asOf: body.as_of ?? '', tookMs: at - startedAt });
  };
  const timer = setInterval(() => {
    const reading = read(ids[count++ % ids.length] ?? '').finally(() => running.delete(reading));
    running.add(reading);
  }, 1_000 / perSecond);
  return {
    seen,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
    },
  };
}

async function someStudents(client: Client, count: number): Promise<string[]> {
  const response = await client.fetch(`/api/students?limit=${count}`);
  assert.equal(response.status, 200, await response.clone().text());
  return ((await response.json()) as StudentList).data.map(({ id }) => id);
}

function aStudent(): object {
  return { legal_given_names: 'Nadia', legal_family_name: 'Okafor', birth_date: '2008-05-17' };
}
