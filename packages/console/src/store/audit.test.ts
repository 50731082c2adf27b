import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { seededRandom } from 'dualbrake/testing';
import { consoleKit, origin } from '../testing/console-kit.ts';
import type { AuditRecord, AuditVerification } from '../contract.ts';
import { type AuditEntry, AuditLog } from './audit.ts';
import { StoreFile } from './file.ts';

interface AuditPage {
  readonly records: AuditRecord[];
}

const directory = mkdtempSync(join(tmpdir(), 'console-audit-'));
const written = join(directory, 'console.sqlite');
const auditKey = 'a key that nobody else has';
const ROUNDS = 300;

before(async () => {
  const kit = consoleKit({ store: { path: written, auditKey } });
  for (let number = 0; number < 12; number += 1) {
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: `order ${number} – naïve` });
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'reset', reason: `order ${number}` });
  }
  kit.console.close();
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** Verifies a copy of the log after tampering. */
function verifyAfter(change: (database: DatabaseSync) => void, key = auditKey): AuditVerification {
  const path = join(directory, 'changed.sqlite');
  rmSync(path, { force: true });
  copyFileSync(written, path);
  const database = new DatabaseSync(path);
  change(database);
  database.close();
  const file = new StoreFile(path, Date.now, () => {});
  const verification = new AuditLog(file, () => '', key).verify();
  file.close();
  return verification;
}

interface Row {
  readonly seq: number;
  readonly record: string;
  readonly hash: string;
}

function rowsOf(database: DatabaseSync): Row[] {
  return database.prepare('select seq, record, hash from audit order by seq').all() as unknown as Row[];
}

test('an unchanged chain verifies, and not with another key', () => {
  const { valid, records, head } = verifyAfter(() => {});
  assert.deepEqual([valid, records, head?.seq], [true, 48, 48]);
  assert.equal(verifyAfter(() => {}, 'another key').valid, false);
});

test('a changed byte anywhere in a line or its hash is detected, with the line’s number', () => {
  const random = seededRandom(11);
  for (let round = 0; round < ROUNDS; round += 1) {
    let seq = 0;
    const { valid, first_bad: firstBad } = verifyAfter((database) => {
      const rows = rowsOf(database);
      const row = rows[Math.floor(random() * rows.length)] ?? assert.fail();
      seq = row.seq;
      const column = random() < 0.7 ? 'record' : 'hash';
      const bytes = Buffer.from(row[column]);
      const place = Math.floor(random() * bytes.length);
      // Flips one bit of an ASCII character, so that the file stays text.
      const byte = bytes[place] ?? 0;
      bytes[place] = byte < 128 ? byte ^ 1 : byte ^ 4;
      database.prepare(`update audit set ${column} = ? where seq = ?`).run(bytes.toString('utf8'), seq);
    });
    assert.deepEqual([valid, firstBad], [false, seq], `round ${round}`);
  }
});

test('removed, moved, repeated and forged lines are detected', () => {
  const changes: Readonly<Record<string, (database: DatabaseSync) => void>> = {
    removed: (database) => database.exec('delete from audit where seq = 20'),
    'removed and closed up': (database) =>
      database.exec('delete from audit where seq = 20; update audit set seq = seq - 1 where seq > 20'),
    swapped: (database) =>
      database.exec(
        'update audit set seq = 1000 where seq = 7; update audit set seq = 7 where seq = 8; update audit set seq = 8 where seq = 1000',
      ),
    repeated: (database) => database.exec('insert into audit select 49, record, hash from audit where seq = 48'),
    'first removed': (database) => database.exec('delete from audit where seq = 1'),
    forged(database) {
      const last = rowsOf(database).at(-1) ?? assert.fail();
      const record = { ...(JSON.parse(last.record) as AuditRecord), seq: 49, prev: last.hash };
      // The forger knows how the chain is made, but not the key.
      const file = new StoreFile(undefined, Date.now, () => {});
      const forger = new AuditLog(file, () => '', undefined);
      const { hash } = file.commit(() => forger.add(record));
      file.close();
      database.prepare('insert into audit values (49, ?, ?)').run(JSON.stringify(record), hash);
    },
  };
  for (const [name, change] of Object.entries(changes)) assert.equal(verifyAfter(change).valid, false, name);
});

test('each action has an intent before its effect, and intent and result say who, what, why and the state before', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: 'the mail server is moved' });

  const { records } = await kit.get<AuditPage>('audit');
  const [result, intent] = records;
  assert.deepEqual(
    [intent?.phase, intent?.outcome, intent?.action, intent?.target.id, intent?.reason, intent?.actor.id],
    ['intent', null, 'breaker.trip', 'letters.mail', 'the mail server is moved', 'u-1'],
  );
  assert.deepEqual([result?.phase, result?.outcome, result?.intent_seq], ['result', 'applied', intent?.seq]);
  assert.equal(intent?.before?.['state'], 'closed');
  assert.equal(result?.after?.['state'], 'open');
});

test('operators see their own audit lines, admins all of them, viewers none', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  for (const id of ['u-1', 'u-2']) {
    kit.user = { id, name: id, role: 'operator' };
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'reset', reason: 'to see who' });
  }
  const seen = async (): Promise<string[]> => {
    const { records } = await kit.get<AuditPage>('audit');
    return [...new Set(records.map(({ actor }) => actor.id))].toSorted();
  };

  assert.deepEqual(await seen(), ['u-2']);
  kit.user = { id: 'u-3', name: 'Kim', role: 'admin' };
  assert.deepEqual(await seen(), ['u-1', 'u-2']);
  kit.user = { id: 'u-4', name: 'Lee', role: 'viewer' };
  await assert.rejects(seen(), /403/);
});

test('the export has every line once, and no cell that a spreadsheet takes for a formula', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  for (const reason of ['=HYPERLINK("http://evil.test")', '+1+1', '-2', '@SUM(1)', 'a, "quoted" reason\nwith a line'])
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'reset', reason: `${reason} !` });

  const request = (format: string) => kit.console(new Request(`${origin}/admin/api/v1/audit/export?format=${format}`));
  const csv = await (await request('csv')).text();
  const lines = (await (await request('ndjson')).text()).trim().split('\n');

  for (const cell of csv.match(/(?<=^|,|")[=+\-@]/gm) ?? []) assert.fail(`a cell begins with ${cell}`);
  assert.match(csv, /"a, ""quoted"" reason\\u000awith a line !"/);
  const numbers = lines.map((line) => (JSON.parse(line) as AuditRecord).seq);
  assert.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, place) => place + 1),
  );
});

test('while the audit log can’t be written, actions are refused and change nothing, except with break-glass permission', async (context) => {
  const directoryOfIts = mkdtempSync(join(tmpdir(), 'console-glass-'));
  context.after(() => rmSync(directoryOfIts, { recursive: true, force: true }));
  const path = join(directoryOfIts, 'console.sqlite');
  const kit = consoleKit({ store: { path } });
  context.after(() => kit.console.close());
  const other = new DatabaseSync(path);
  // Another process locks the file.
  other.exec('begin exclusive');

  const trip = { action: 'trip', reason: 'while nothing can be written' };
  const refused = await kit.order('POST', 'breakers/letters.mail/actions', trip);
  const { code } = (await refused.json()) as { code: string };
  const stateThen = kit.mail.state;
  kit.user = { id: 'u-2', name: 'Ben', role: 'operator' };
  const asOperator = await kit.order('POST', 'breakers/letters.mail/actions', { ...trip, break_glass: true });
  const stateOfOperator = kit.mail.state;
  kit.user = { id: 'u-1', name: 'Ana', role: 'admin' };
  const broken = await kit.order('POST', 'breakers/letters.mail/actions', { ...trip, break_glass: true });

  assert.deepEqual([refused.status, code, stateThen], [503, 'audit-unavailable', 'closed']);
  assert.deepEqual([asOperator.status, stateOfOperator], [503, 'closed']);
  assert.deepEqual([broken.status, kit.mail.state], [200, 'open']);

  other.exec('rollback');
  other.close();
  await kit.clock.advance(10_000);
  await kit.order('POST', 'breakers/letters.mail/actions', { action: 'reset', reason: 'it can be written again' });
  const { records } = await kit.get<AuditPage>('audit');
  assert.ok(
    records.some(({ action, params }) => action === 'breaker.trip' && params['break_glass'] === true),
    'the line of the broken glass was added later',
  );
  assert.equal((await kit.get<AuditVerification>('audit/verify')).valid, true);
});

test('a flood of denied actions is counted, and hides no denial of other people', async (context) => {
  const kit = consoleKit();
  context.after(() => kit.console.close());
  const trip = { action: 'trip', reason: 'just to try' };
  kit.user = { id: 'u-8', name: 'Mal', role: 'viewer' };
  for (let number = 0; number < 300; number += 1) await kit.order('POST', 'breakers/letters.mail/actions', trip);
  kit.user = { id: 'u-9', name: 'Lee', role: 'viewer' };
  await kit.order('POST', 'breakers/letters.mail/actions', trip);
  await kit.clock.advance(60_000);
  await kit.order('POST', 'breakers/letters.mail/actions', trip);

  kit.user = { id: 'u-1', name: 'Ana', role: 'admin' };
  const { records } = await kit.get<AuditPage>('audit?limit=500');
  const denied = (id: string) => records.filter(({ actor, outcome }) => actor.id === id && outcome === 'denied');
  assert.equal(denied('u-9').length, 2);
  assert.equal(denied('u-8').length, 21);
  assert.deepEqual(denied('u-8')[0]?.params, { not_written_down: 280 });
});

test('reasons are kept without e-mail addresses, telephone numbers and licence numbers', async (context) => {
  const path = join(directory, 'reasons.sqlite');
  const kit = consoleKit({ store: { path, auditKey } });
  context.after(() => kit.console.close());
  const personal = ['zoe.q@example.ca', '416-555-0199', '(416) 555-0198', '+14165550197', 'Q1234-56789-01234'];
  const reason = `asked by ${personal.join(', ')}; ticket 4711`;
  await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason });
  await kit.order('PUT', 'breakers/letters.mail/override', { state: 'isolated', duration_ms: 60_000, reason });
  const { records } = await kit.get<AuditPage>('audit');
  assert.equal(records.length >= 2, true);
  assert.equal(records.at(-1)?.reason, 'asked by [e-mail], [phone], [phone], [phone], [number]; ticket 4711');
  await kit.clock.advance(2_000);
  kit.console.close();
  const kept = ['', '-wal'].flatMap((ending) =>
    existsSync(path + ending) ? [readFileSync(path + ending, 'latin1')] : [],
  );
  for (const value of personal) assert.equal(kept.join('').includes(value), false, value);
});

describe('an audit log with a limit', () => {
  const entry = (number: number): AuditEntry => ({
    actor: { type: 'user', id: 'u-1', role: 'operator' },
    action: 'breaker.trip',
    target: { type: 'breaker', id: `b-${number}` },
    reason: null,
    params: {},
    phase: 'event',
    outcome: 'recorded',
    before: null,
    after: null,
    intent_seq: null,
    request_id: null,
  });
  function logOf(lines: number): { file: StoreFile; log: AuditLog } {
    const file = new StoreFile(undefined, Date.now, () => {});
    const log = new AuditLog(file, () => '2026-11-23T12:00:00.000Z', auditKey);
    file.commit(() => {
      for (let number = 1; number <= lines; number += 1) log.add(entry(number));
    });
    return { file, log };
  }

  test('removes its oldest lines, records that, and still verifies', async () => {
    const { file, log } = logOf(120);
    file.commit(() => log.trim(100));
    const [newest] = await log.list({ limit: 1 });
    assert.deepEqual([newest?.action, newest?.params], ['audit.trimmed', { removed_from: 1, removed_to: 20 }]);
    const { valid, records, head } = log.verify();
    assert.deepEqual([valid, records, head?.seq], [true, 101, 121]);
    file.commit(() => log.add(entry(1)));
    assert.equal(log.verify().valid, true);
  });

  test('removes nothing before it has a tenth more lines', () => {
    const { file, log } = logOf(110);
    file.commit(() => log.trim(100));
    assert.equal(log.verify().records, 110);
  });

  test('keeps the lines of unfinished actions', () => {
    const { file, log } = logOf(5);
    const intent = log.intend(entry(6));
    file.commit(() => {
      for (let number = 7; number <= 130; number += 1) log.add(entry(number));
      log.trim(100);
    });
    assert.deepEqual(
      log.interrupted().map(({ seq }) => seq),
      [intent.seq],
    );
    assert.equal(log.verify().valid, true);
  });

  test('detects that its start was cut off or moved', () => {
    const cut = logOf(120);
    cut.file.commit(() => cut.file.run('delete from audit where seq <= 20'));
    assert.equal(cut.log.verify().valid, false);

    const { file, log } = logOf(120);
    file.commit(() => log.trim(100));
    const row = file.get('select hash from audit where seq = 40');
    file.commit(() => {
      file.run('delete from audit where seq <= 40');
      file.run('update audit_start set seq = 40, hash = ?', String(row?.['hash']));
    });
    assert.equal(log.verify().valid, false);
  });

  test('verifies only with the new key after a change of key', async () => {
    const { file, log } = logOf(30);
    file.commit(() => log.trim(20));
    const former = await log.list({ limit: 100 });
    const other = log.rekey('another key');
    assert.deepEqual([other.verify().valid, log.verify().valid], [true, false]);
    const [newest, ...rest] = await other.list({ limit: 100 });
    assert.equal(newest?.action, 'audit.rekeyed');
    assert.equal(newest?.params['were_genuine'], true);
    const content = (records: readonly AuditRecord[]) => records.map((record) => ({ ...record, prev: '', hash: '' }));
    assert.deepEqual(content(rest), content(former));
    log.rekey('another key');
    assert.equal((await other.list({ limit: 100 })).length, rest.length + 1, 'a second time changes nothing');
    file.close();
  });

  test('doesn’t become genuine by a change of key after tampering', async () => {
    const { file, log } = logOf(30);
    file.commit(() => file.run(`update audit set record = replace(record, 'b-12', 'b-13') where seq = 12`));
    const other = log.rekey('another key');
    assert.deepEqual([other.verify().valid, other.verify().first_bad], [false, 12]);
    assert.equal((await other.list({ limit: 1 }))[0]?.params['were_genuine'], false);
  });
});
