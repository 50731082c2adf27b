import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type MemberReport, type RecoveryEvent, Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import { ManualClock, seededRandom } from 'dualbrake/testing';
import { pino } from 'pino';
import { logRecovery } from '../platform/logs/recovery-log.ts';
import { aRecord, connectionRefused, type Scripted, scriptedStudents } from './testing/scripted-students.ts';

const clock = new ManualClock();
const draws: number[] = [];
const chance = seededRandom(7);
const random = (): number => {
  const drawn = chance();
  draws.push(drawn);
  return drawn;
};
const registry = new Registry({ clock, random });
const lines: Record<string, unknown>[] = [];
const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
logRecovery(registry, log);
const events: RecoveryEvent[] = [];
registry.subscribe((event) => events.push(event));
installAmbientContext();

/** The next results of the database, which succeeds afterwards. */
let script: Scripted[] = [];
const askedAt: number[] = [];
const { service, policies } = await scriptedStudents(registry, () => {
  askedAt.push(clock.now());
  const next = script.shift();
  return next === undefined ? aRecord() : next();
});
const { id } = aRecord().student;
const actor = { userId: 'somebody', schoolId: 'school', role: 'office', name: 'Otto' } as const;

const refuse = (): never => {
  throw connectionRefused();
};
const member = (kind: string): MemberReport['report'] => {
  const group = registry.report().find(({ name }) => name === 'StudentService.getStudentData');
  const found = group?.members.find((each) => each.kind === kind);
  assert.ok(found, kind);
  return found.report;
};
/** Advances the clock until a call ends. */
const eventually = async <T>(call: Promise<T>): Promise<T> => {
  const settled = new AbortController();
  const ended = call.finally(() => settled.abort());
  ended.catch(() => {});
  for (let moved = 0; !settled.signal.aborted && moved < 20_000; moved += 1) await clock.advance(1);
  return ended;
};

const counted = (report: MemberReport['report'], earlier: MemberReport['report'], names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, Number(report[name]) - Number(earlier[name])]));

beforeEach(async () => {
  registry.control('StudentService.getStudentData', 'database', 'reset');
  registry.control('GET /api/students/{student_id}', 'students-route', 'reset');
  for (const list of [draws, lines, events, askedAt, script]) list.length = 0;
});

test('the database fails twice and then answers: one call, three attempts, correct delays, one log line per retry', async () => {
  script = [refuse, refuse];
  const before = { retry: member('retry'), breaker: member('circuit-breaker') };
  const startedAt = clock.now();

  const found = await eventually(service.getStudentData(id));

  assert.deepEqual(found?.student, aRecord().student);
  // Full jitter: the first delay is drawn from [0, 40), the second from [0, 80).
  const [first = Number.NaN, second = Number.NaN, ...more] = draws;
  assert.deepEqual(more, []);
  assert.deepEqual(askedAt, [startedAt, startedAt + first * 40, startedAt + first * 40 + second * 80]);

  const retries = lines.filter(({ event }) => event === 'recovery.retry');
  assert.deepEqual(
    retries.map(({ pipeline, attempt, delay_ms, class: errorClass, rule }) => ({
      pipeline,
      attempt,
      delay_ms,
      errorClass,
      rule,
    })),
    [first * 40, second * 80].map((delayMs, index) => ({
      pipeline: 'StudentService.getStudentData',
      attempt: index + 1,
      delay_ms: Math.round(delayMs),
      errorClass: 'system',
      rule: 'node.ECONNREFUSED',
    })),
  );
  assert.deepEqual(
    events.map(({ type }) => type),
    ['retry', 'retry'],
  );

  assert.deepEqual(counted(member('retry'), before.retry, ['calls', 'attempts', 'retries', 'succeededAfterRetry']), {
    calls: 1,
    attempts: 3,
    retries: 2,
    succeededAfterRetry: 1,
  });
  assert.deepEqual(counted(member('circuit-breaker'), before.breaker, ['calls', 'successes', 'failures']), {
    calls: 1,
    successes: 1,
    failures: 0,
  });
});

test('an unknown student is an answer: one query, no retry, no failure', async () => {
  script = [() => undefined];
  assert.equal(await service.getStudentData(id), undefined);
  assert.equal(askedAt.length, 1);
  assert.deepEqual(events, []);
});

test('the route does not retry errors that the method has retried: three attempts, not nine', async () => {
  script = Array.from({ length: 9 }, () => refuse);
  const unknown = '018f0000-0000-7000-8000-00000000000e';
  await assert.rejects(eventually(service.read(actor, unknown, { guard: policies.getStudent })), {
    code: 'ECONNREFUSED',
  });
  assert.equal(askedAt.length, 3);
});

test('five consecutive failures open the circuit; the sixth call is refused, and after 5 s one call is the probe', async () => {
  script = Array.from({ length: 16 }, () => refuse);
  for (let call = 0; call < 5; call += 1) {
    await assert.rejects(eventually(service.getStudentData(id)), { code: 'ECONNREFUSED' });
  }
  const asked = askedAt.length;
  assert.equal(asked, 15);
  await assert.rejects(service.getStudentData(id), { code: 'CIRCUIT_OPEN' });
  assert.equal(askedAt.length, asked);

  script = [];
  await clock.advance(5_000);
  const [tested, ...others] = await Promise.allSettled([1, 2, 3].map(() => service.getStudentData(id)));
  assert.equal(tested?.status, 'fulfilled');
  assert.deepEqual(
    others.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(askedAt.length, asked + 1);
  await service.getStudentData(id);
});

test('while the circuit is open, a known student is answered from the copy, with the time of the read', async () => {
  await eventually(service.read(actor, id, { guard: policies.getStudent }));
  registry.control('StudentService.getStudentData', 'database', 'trip');
  const asked = askedAt.length;

  const reading = await service.read(actor, id, { guard: policies.getStudent });

  assert.deepEqual(
    { stale: reading.stale, asOf: reading.asOf.toString(), name: reading.student.legal_family_name },
    { stale: true, asOf: '2026-03-15T16:00:00Z', name: 'Tremblay' },
  );
  assert.equal(askedAt.length, asked);
});

test('a known student is answered from the copy while the route’s circuit is open', async () => {
  await eventually(service.read(actor, id, { guard: policies.getStudent }));
  registry.control('GET /api/students/{student_id}', 'students-route', 'trip');
  assert.equal((await service.read(actor, id, { guard: policies.getStudent })).stale, true);
});

test('a database that does not answer delays a request by at most 2 s', async () => {
  await eventually(service.read(actor, id, { guard: policies.getStudent }));
  script = Array.from({ length: 3 }, () => () => new Promise<never>(() => {}));
  const startedAt = clock.now();
  const reading = await eventually(service.read(actor, id, { guard: policies.getStudent }));
  assert.equal(reading.stale, true);
  assert.ok(clock.now() - startedAt <= 2_000, `${clock.now() - startedAt} ms`);
});
