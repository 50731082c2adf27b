import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, Registry, systemClock } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createDatabaseBreaker, createPolicies } from '../policies.ts';
import type { DatabaseTransaction } from '../platform/database/handle.ts';
import { ListCursors } from '../platform/http/list-cursor.ts';
import { Idempotency } from '../platform/idempotency.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import { StudentCopies } from './student-copies.ts';
import { StudentRepository } from './student-repository.ts';
import { StudentService } from './student-service.ts';
import { testSchool, type TestSchool } from './testing/test-school.ts';
import { testSecrets } from './testing/test-secrets.ts';

let school: TestSchool;
before(async () => {
  school = await testSchool();
});
after(() => school[Symbol.asyncDispose]());

/** Runs a transaction, in which tests inject faults. */
type Around = <T>(
  run: (work: (transaction: DatabaseTransaction) => Promise<T>) => Promise<T>,
  work: (transaction: DatabaseTransaction) => Promise<T>,
) => Promise<T>;

/** Creates a service on the real database that replaces some methods of the repository with faults. */
function faultyService(
  faults: Partial<StudentRepository>,
  { clock = systemClock, around = (run, work) => run(work) }: { clock?: Clock; around?: Around } = {},
) {
  const { repository } = school.students;
  const faulty = Object.create(repository) as StudentRepository;
  const methods = Object.getOwnPropertyNames(StudentRepository.prototype) as (keyof StudentRepository)[];
  for (const name of methods) {
    // Bound, because only the real object has the private members.
    const method = (repository[name] as (...parameters: unknown[]) => unknown).bind(repository);
    Object.defineProperty(faulty, name, { value: faults[name] ?? method });
  }
  const policies = createPolicies(new Registry({ clock }), { breaker: createDatabaseBreaker() });
  const idempotency = new Idempotency(testSecrets);
  const unitOfWork = new UnitOfWork({ database: school.database.kysely, idempotency, policies });
  const run = unitOfWork.run.bind(unitOfWork);
  unitOfWork.run = (work) => around(run, work);
  return new StudentService({
    repository: faulty,
    access: school.students.access,
    unitOfWork,
    copies: new StudentCopies(new DatabaseSync(':memory:')),
    cursors: new ListCursors(testSecrets, 'students'),
    policies,
    wallClock: school.wallClock,
    today: school.students.today,
  });
}

/** Creates a service on the real database with faults in each transaction. */
function faultyTransactions(around: Around, clock?: Clock) {
  return faultyService({}, { around, ...(clock === undefined ? {} : { clock }) });
}

const connectionLost = (): Error => new Error('Connection terminated unexpectedly');
const aStudent = (legal_family_name: string): object => ({ legal_family_name, birth_date: '2008-03-09' });
const saved = async (name: string): Promise<number> => {
  const answer = await school.request(school.people.office, 'GET', `/api/students?q=${name}`);
  return answer.body.data.length;
};

test('a connection lost before the commit: nothing is saved, as the error reports', async () => {
  const { repository } = school.students;
  const service = faultyService({
    insert: async (...parameters) => {
      await repository.insert(...parameters);
      throw connectionLost();
    },
  });
  await assert.rejects(service.create(aStudent('Lost'), { actor: school.people.office }), { code: 'NOT_COMMITTED' });
  assert.equal(await saved('lost'), 0);
});

test('a commit whose answer is lost: the error reports that the outcome is unknown', async () => {
  const service = faultyTransactions(async (run, work) => {
    await run(work);
    throw connectionLost();
  });
  await assert.rejects(service.create(aStudent('Answerlost'), { actor: school.people.office }), {
    code: 'OUTCOME_UNKNOWN',
  });
  assert.equal(await saved('answerlost'), 1);
});

test('a commit whose answer is lost, with a key: the change is retried and takes effect once', async () => {
  let calls = 0;
  const service = faultyTransactions(async (run, work) => {
    const answer = await run(work);
    calls += 1;
    if (calls === 1) throw connectionLost();
    return answer;
  });
  const reading = await service.create(aStudent('Keyed'), { actor: school.people.office, idempotencyKey: 'keyed' });
  assert.equal(reading.student.legal_family_name, 'Keyed');
  assert.equal(calls, 2);
  assert.equal(await saved('keyed'), 1);
});

test('the outcome stays unknown when the next attempts cannot reach the database', async () => {
  let calls = 0;
  const service = faultyTransactions(async (run, work) => {
    calls += 1;
    if (calls > 1) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
    await run(work);
    throw connectionLost();
  });
  const change = service.create(aStudent('Uncertain'), { actor: school.people.office, idempotencyKey: 'uncertain' });
  await assert.rejects(change, { code: 'OUTCOME_UNKNOWN' });
  assert.equal(calls, 3);
});

test('a change that was answered with "nothing was saved" is rolled back when it completes late', async () => {
  const clock = new ManualClock();
  const slow = Promise.withResolvers<void>();
  const working = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  const service = faultyTransactions(async (run, work) => {
    const outcome = run(async (transaction) => {
      working.resolve();
      await slow.promise;
      return work(transaction);
    });
    outcome.then(ended.resolve, ended.resolve);
    return outcome;
  }, clock);

  const change = service.create(aStudent('Toolate'), { actor: school.people.office });
  const refused = assert.rejects(change, { code: 'NOT_COMMITTED' });
  await working.promise;
  await clock.advance(3_000);
  await refused;
  slow.resolve();
  assert.equal(((await ended.promise) as { code?: string }).code, 'CALL_TIMEOUT');
  assert.equal(await saved('toolate'), 0);
});

test('refusals do not count as failures of the database', async () => {
  const { office } = school.people;
  const { id } = (await school.request(office, 'POST', '/api/students', { body: aStudent('Healthy') })).body.data;
  const change = (version: number) =>
    school.request(office, 'PATCH', `/api/students/${id}`, { body: {}, headers: { 'if-match': `"${version}"` } });
  for (let attempt = 0; attempt < 10; attempt += 1) assert.equal((await change(7)).status, 412);
  assert.equal((await change(1)).status, 200);
  const breaker = school.registry
    .report()
    .flatMap(({ members }) => members)
    .find(({ name }) => name === 'database');
  assert.deepEqual([breaker?.report['state'], breaker?.report['failures']], ['closed', 0]);
});

test('of concurrent changes of one version, one is made', async () => {
  const { office } = school.people;
  const { id } = (await school.request(office, 'POST', '/api/students', { body: aStudent('Contested') })).body.data;
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      school.request(office, 'PATCH', `/api/students/${id}`, {
        body: { notes: `Number ${index}.` },
        headers: { 'if-match': '"1"' },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  assert.deepEqual(statuses, [200, ...Array.from({ length: 7 }, () => 412)]);
});

test('an import adds all rows or none, and the same file again adds nothing', async () => {
  const { office } = school.people;
  const good =
    'legal_family_name,birth_date,licence_number\nImporta,2008-03-09,I0000-00010-80309\nImportb,2008-03-09,\n';
  const bad = `${good}Importc,2008-03-39,\n`;
  const send = (csv: string, query = '', headers = {}) =>
    school.request(office, 'POST', `/api/students/import${query}`, { body: csv, headers });

  const dry = await send(bad, '?dry_run=true');
  assert.deepEqual([dry.status, dry.body.rows, dry.body.accepted, dry.body.applied], [200, 3, 2, 0]);
  const refused = await send(bad);
  assert.deepEqual([refused.status, refused.body.code, refused.body.problems.length], [422, 'import_refused', 1]);
  assert.equal(await saved('import'), 0);

  const key = { 'idempotency-key': 'one import' };
  const [first, second] = [await send(good, '', key), await send(good, '', key)];
  assert.deepEqual([first.status, first.body.applied, second.text], [200, 2, first.text]);
  assert.equal(await saved('import'), 2);
  const again = await send(good);
  assert.deepEqual([again.status, again.body.accepted, again.body.duplicates.length], [422, 0, 2]);
  assert.ok(!again.text.includes('00010'));
});

test('an import must be CSV, within the size limit, from a user who may change students', async () => {
  const { office, instructor } = school.people;
  assert.equal((await school.request(office, 'POST', '/api/students/import', { body: { rows: [] } })).status, 415);
  assert.equal((await school.request(office, 'POST', '/api/students/import')).status, 415);
  assert.equal((await school.request(instructor, 'POST', '/api/students/import', { body: 'x' })).status, 403);
  assert.equal(
    (await school.request(office, 'POST', '/api/students/import', { body: 'x'.repeat(2 * 1024 * 1024 + 1) })).status,
    413,
  );
  const template = await school.request(office, 'GET', '/api/students/import/template');
  assert.match(String(template.headers['content-type']), /^text\/csv/);
  assert.equal(
    (await school.request(office, 'POST', '/api/students/import?dry_run=true', { body: template.text })).body.accepted,
    1,
  );
});

test('while an import of the school is running, another is refused with Retry-After', async () => {
  const { office, owner, stranger } = school.people;
  const rows = Array.from({ length: 300 }, (_, index) => `Busy${'x'.repeat(index % 90)},Given,2008-03-09`).join('\n');
  const csv = `legal_family_name,legal_given_names,birth_date\n${rows}\n`;
  const check = (actor: typeof office) =>
    school.request(actor, 'POST', '/api/students/import?dry_run=true', { body: csv });
  const answers = await Promise.all([check(office), check(owner), check(stranger)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 429, 200],
  );
  assert.deepEqual([answers[1]?.body.code, answers[1]?.headers['retry-after']], ['import_busy', '5']);
  assert.equal((await check(owner)).status, 200);
});

test('rows whose student exists can be skipped, and the others are added', async () => {
  const { office } = school.people;
  const csv = 'Last Name,DOB\nSkipone,03/09/2008\nSkiptwo,03/10/2008\n';
  const send = (body: string, query: string) =>
    school.request(office, 'POST', `/api/students/import?date_order=mdy&${query}`, { body });
  assert.equal((await send(csv, '')).body.applied, 2);
  const more = `${csv}Skipthree,03/11/2008\n`;
  assert.equal((await send(more, '')).status, 422);
  const dry = (await send(more, 'dry_run=true&skip_existing=true')).body;
  const real = (await send(more, 'skip_existing=true')).body;
  assert.deepEqual([dry.accepted, dry.skipped, real.applied, real.skipped], [1, 2, 1, 2]);
  assert.deepEqual([dry.preview.rows.length, real.preview.rows], [3, []]);
  assert.equal(await saved('skip'), 3);
});

test('5,000 students are imported at once, and reported as duplicates the second time', async () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => {
    const name = Array.from(String(index), String)
      .map((digit) => 'abcdefghij'[Number(digit)])
      .join('');
    const digits = String(index).padStart(4, '0');
    return `Mass${name},Given,2008-03-09,M0000-${digits}0-80309,m${index}@example.com`;
  });
  const csv = `legal_family_name,legal_given_names,birth_date,licence_number,email\n${rows.join('\n')}\n`;
  // With a manual clock, so that it can't time out on a slow machine.
  const service = faultyService({}, { clock: new ManualClock() });
  const file = Buffer.from(csv);
  const first = await service.import(file, { actor: school.people.office, dryRun: false });
  assert.equal(first.applied, 5_000);
  const again = await service.import(file, { actor: school.people.office, dryRun: true });
  const { rows: count, accepted, duplicate_count, duplicates, truncated } = again;
  assert.deepEqual([count, accepted, duplicate_count, duplicates.length, truncated], [5_000, 0, 5_000, 500, true]);
});
