import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Registry } from 'dualbrake';
import { installAmbientContext } from 'dualbrake/node';
import { sql } from 'kysely';
import { auditActions, type AuditPage } from '../../../contract/audit.ts';
import type { IdentityTables } from '../auth/identity-tables.ts';
import { testDatabase, type TestDatabase } from '../database/testing/test-database.ts';
import { requireRole } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { asRole, testActor, testHttp } from '../http/testing/test-http.ts';
import { AuditLog, type AuditRecord } from './audit.ts';
import { registerAudit } from './audit-routes.ts';

const { schoolId, userId: ownerId } = testActor('owner');
const studentId = '00000000-0000-4000-8000-0000000000ff';

let database: TestDatabase;
let app: HttpServer;
before(async () => {
  installAmbientContext();
  database = await testDatabase();
  app = testHttp();
  const registry = new Registry();
  registerAudit(app, { database, reading: registry.pipeline('reading', []) });
  const changing = registry.pipeline('changing', []);
  app.post('/reveal', { preHandler: requireRole('owner') }, async (request) => {
    await changing.execute(() => AuditLog.record(database.kysely, revealed), request.recovery);
    return {};
  });
  await app.ready();
});
after(async () => {
  await app.close();
  await database[Symbol.asyncDispose]();
});

/** Rows can't be deleted, so each test has its own school. */
let school: string;
let schools = 0;
beforeEach(() => {
  schools += 1;
  school = `00000000-0000-4000-8000-0000000001${String(schools).padStart(2, '0')}`;
});

const revealed: AuditRecord = {
  schoolId,
  actorId: ownerId,
  action: 'licence.revealed',
  subjectKind: 'student',
  subjectId: studentId,
};

function record(entry: Partial<AuditRecord> = {}): Promise<void> {
  return AuditLog.record(database.kysely, { ...revealed, schoolId: school, ...entry });
}

async function list(query: Partial<Parameters<typeof AuditLog.list>[2]> = {}): Promise<AuditPage> {
  return AuditLog.list(database.kysely, school, { limit: 50, ...query });
}

test('entries are listed newest first, page by page, each once, while others are added', async () => {
  for (let count = 1; count <= 5; count += 1) await record({ detail: { count } });
  const first = await list({ limit: 2 });
  await record({ detail: { count: 6 } });
  const second = await list({ limit: 2, cursor: first.next_cursor ?? assert.fail('there is a second page') });
  const third = await list({ limit: 2, cursor: second.next_cursor ?? assert.fail('there is a third page') });
  const counts = [first, second, third].map(({ data }) => data.map(({ detail }) => detail['count']));
  assert.deepEqual(counts, [[5, 4], [3, 2], [1]]);
  assert.equal(third.next_cursor, null);
});

test('entries are found by actor, by subject and by action', async () => {
  const clerk = '00000000-0000-4000-8000-0000000000c1';
  await record({ actorId: clerk });
  await record({ actorId: clerk, action: 'person.disabled', subjectKind: 'person', subjectId: ownerId });
  await record({ actorId: undefined, action: 'keys.rotated', subjectKind: 'installation', subjectId: 'school' });
  const actions = async (query: Parameters<typeof list>[0]) => (await list(query)).data.map(({ action }) => action);
  assert.deepEqual(await actions({ actor_id: clerk }), ['person.disabled', 'licence.revealed']);
  assert.deepEqual(await actions({ subject_id: studentId }), ['licence.revealed']);
  assert.deepEqual(await actions({ action: 'keys.rotated' }), ['keys.rotated']);
  assert.deepEqual(await actions({ actor_id: clerk, action: 'keys.rotated' }), []);
});

test('people have their current names; unknown actors and commands have none', async () => {
  const tables = database.kysely.withTables<IdentityTables>();
  const person = await tables.selectFrom('users').select(['id', 'school_id']).executeTakeFirstOrThrow();
  school = person.school_id;
  await record({ actorId: person.id, action: 'person.changed', subjectKind: 'person', subjectId: person.id });
  await record({ actorId: ownerId, action: 'person.changed', subjectKind: 'person', subjectId: ownerId });
  await record({ actorId: undefined });
  await tables.updateTable('users').set({ name: 'Dana Roy' }).where('id', '=', person.id).execute();
  const { data } = await list();
  assert.deepEqual(
    data.map(({ actor, subject }) => [actor, subject.name]),
    [
      [null, null],
      [{ id: ownerId, name: null }, null],
      [{ id: person.id, name: 'Dana Roy' }, 'Dana Roy'],
    ],
  );
});

test('an entry can be neither changed nor deleted', async () => {
  await record();
  for (const statement of [
    sql`UPDATE audit_entries SET action = 'person.changed'`,
    sql`DELETE FROM audit_entries`,
    sql`TRUNCATE audit_entries`,
  ]) {
    await assert.rejects(statement.execute(database.kysely), { code: '23000', message: /append-only/ });
  }
  assert.equal((await list()).data.length, 1);
});

test('an entry is rolled back with the change that it records', async () => {
  const failure = new Error('the change failed');
  const change = database.kysely.transaction().execute(async (transaction) => {
    await AuditLog.record(transaction, { ...revealed, schoolId: school });
    throw failure;
  });
  await assert.rejects(change, failure);
  assert.deepEqual((await list()).data, []);
});

test('the route gives the owner the entries of their school, with the correlation ID of the request', async () => {
  await record();
  const sent = await app.inject({ method: 'POST', url: '/reveal', headers: asRole('owner') });
  assert.equal(sent.statusCode, 200);
  const answer = await app.inject({ url: '/api/audit', headers: asRole('owner') });
  assert.equal(answer.statusCode, 200);
  const { data, next_cursor } = answer.json() as AuditPage;
  assert.equal(next_cursor, null);
  assert.deepEqual(
    data.map(({ actor, action, subject, correlation_id, detail }) => ({
      actor,
      action,
      subject,
      correlation_id,
      detail,
    })),
    [
      {
        actor: { id: ownerId, name: null },
        action: 'licence.revealed',
        subject: { kind: 'student', id: studentId, name: null },
        correlation_id: sent.headers['x-correlation-id'],
        detail: {},
      },
    ],
  );
});

test('an invalid query is refused with the field that is wrong', async () => {
  for (const [query, pointer] of [
    ['actor_id=me', 'actor_id'],
    ['subject_id=', 'subject_id'],
    ['action=person.danced', 'action'],
    ['cursor=abc', 'cursor'],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=many', 'limit'],
  ] as const) {
    const answer = await app.inject({ url: `/api/audit?${query}`, headers: asRole('owner') });
    assert.equal(answer.statusCode, 422, query);
    assert.match(JSON.stringify(answer.json().errors), new RegExp(`"[^"]*${pointer}"`), query);
  }
});

test('every action that can be searched for is recorded somewhere', () => {
  const server = fileURLToPath(new URL('../../', import.meta.url));
  const sources = globSync('**/*.ts', { cwd: server })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(server, file), 'utf8'));
  const unrecorded = auditActions.filter((action) => !sources.some((source) => source.includes(`'${action}'`)));
  assert.deepEqual(unrecorded, []);
});
