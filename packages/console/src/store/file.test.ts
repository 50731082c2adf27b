import assert from 'node:assert/strict';
import { mkdtempSync, openSync, closeSync, readdirSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { consoleKit, noon } from '../testing/console-kit.ts';
import type { OverviewView } from '../contract.ts';
import { StoreFile, StoreUnavailableError } from './file.ts';
import { Store } from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'console-file-'));
after(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
function newPath(): string {
  return join(directory, `console-${(files += 1)}.sqlite`);
}

const order = { action: 'reset', reason: 'to write something' };

test('a file that is not a database is renamed and replaced, and the store says so', async (context) => {
  const path = newPath();
  writeFileSync(path, 'this was never a database, whatever its name says'.repeat(100));
  const kit = consoleKit({ store: { path } });
  context.after(() => kit.console.close());

  const { store } = await kit.get<OverviewView>('overview');
  const answer = await kit.order('POST', 'breakers/letters.mail/actions', order);

  assert.equal(store.state, 'ok');
  assert.match(store.lost.join(' '), /damaged and has been renamed to .*damaged-2026/);
  assert.equal(answer.status, 200);
  assert.ok(readdirSync(directory).some((name) => name.startsWith(`console-${files}.sqlite.damaged-`)));
});

test('an overwritten page is detected at the start and while in use', async (context) => {
  const path = newPath();
  const first = consoleKit({ store: { path } });
  for (let number = 0; number < 60; number += 1) await first.order('POST', 'breakers/letters.mail/actions', order);
  first.console.close();
  const handle = openSync(path, 'r+');
  for (let page = 1; page < statSync(path).size / 4_096; page += 1)
    writeSync(handle, Buffer.alloc(512, 0xa5), 0, 512, page * 4_096);
  closeSync(handle);

  const kit = consoleKit({ store: { path } });
  context.after(() => kit.console.close());
  const { store } = await kit.get<OverviewView>('overview');
  const answer = await kit.order('POST', 'breakers/letters.mail/actions', order);

  assert.match(store.lost.join(' '), /renamed to/);
  assert.equal(answer.status, 200);
});

test('on a full disk a write changes nothing, reports it, is not retried at once, and works when there is space again', () => {
  const full = limitedStore(newPath());

  assert.throws(() => full.commit(() => fill(full)), StoreUnavailableError);
  assert.deepEqual([full.state.state, full.state.reason], ['failing', 'The disk with the console’s file is full.']);
  full.clock += 1_000;
  assert.throws(
    () => full.commit(() => full.run('delete from events')),
    StoreUnavailableError,
    'not tried again at once',
  );
  full.clock += 2_000;
  full.commit(() => full.run('delete from events'));
  assert.equal(full.state.state, 'ok');
  assert.equal(
    full.all('select count(*) as count from events')[0]?.['count'],
    0,
    'nothing of the refused one is there',
  );
  full.close();
});

/** A file on a disk with space for 64 pages. */
function limitedStore(path: string): StoreFile & { clock: number } {
  const file = new StoreFile(
    path,
    () => limited.clock,
    () => {},
  );
  const limited = Object.assign(file, { clock: noon });
  file.all('PRAGMA max_page_count = 64');
  return limited;
}

function fill(file: StoreFile): void {
  for (let number = 0; number < 1_000; number += 1)
    file.run(
      'insert into events (at, kind, target, payload) values (?, ?, ?, ?)',
      number,
      'kind',
      'target',
      'x'.repeat(1_000),
    );
}

test('with a missing folder, state can be read and actions are refused with the reason', async (context) => {
  const kit = consoleKit({ store: { path: join(directory, 'nowhere', 'console.sqlite') } });
  context.after(() => kit.console.close());

  const { store, verdict } = await kit.get<OverviewView>('overview');
  const answer = await kit.order('POST', 'breakers/letters.mail/actions', order);

  assert.deepEqual([store.state, store.reason], ['failing', 'The console’s file can’t be opened.']);
  assert.match(verdict.text, /changes are refused/);
  assert.equal(answer.status, 503);
  assert.ok(kit.troubles.length > 0, 'the application is told, too');
  assert.equal(await kit.mail.execute(async () => 'calls flow'), 'calls flow');
});

test('events are saved once the file can be written again', async (context) => {
  const path = newPath();
  const kit = consoleKit({ store: { path } });
  context.after(() => kit.console.close());
  const other = new DatabaseSync(path);
  other.exec('begin exclusive');
  await kit.fail(kit.database);
  await kit.fail(kit.database);
  await kit.clock.advance(1_000);
  const during = await kit.get<OverviewView>('overview');
  other.exec('rollback');
  await kit.clock.advance(5_000);
  const stored = other.prepare('select kind, target from events').all();
  other.close();

  assert.equal(during.store.state, 'failing');
  assert.ok(
    during.changes.some(({ what }) => what === 'closed to open'),
    'it is shown at once',
  );
  assert.ok(
    stored.some((row) => row['kind'] === 'transition' && row['target'] === 'reads.database'),
    'and kept later',
  );
});

test('events and minutes stay within the retention', () => {
  let now = noon;
  const store = new Store(
    undefined,
    () => now,
    undefined,
    { events: 50, days: 2 },
    (error) => assert.fail(String(error)),
  );
  const change = {
    kind: 'check',
    target: 'one',
    target_name: 'one',
    what: '',
    why: '',
    actor: null,
    trigger: 'automatic',
    correlation_id: null,
  } as const;
  for (let number = 1; number <= 1_300; number += 1) {
    now += 60_000 * 5;
    store.addEvent({ ...change, id: `${number}`, at: new Date(now).toISOString() });
    store.addMinute({ breaker: 'one', minute: Math.floor(now / 60_000), counts: new Uint32Array([number]) });
    store.flush();
  }
  const events = store.file.get('select count(*) as count from events')?.['count'];
  const minutes = store.minutesBetween('one', 0, Number.MAX_SAFE_INTEGER);
  store.close();

  // Old rows are removed with every 600th flush, so there may be 600 more.
  assert.ok(Number(events) <= 650, `${String(events)} events`);
  assert.ok(minutes.length <= 2 * 24 * 12 + 600, `${minutes.length} minutes`);
  assert.equal(minutes.at(-1)?.counts[0], 1_300);
});

test('only the owner can read the file', { skip: process.platform === 'win32' }, async () => {
  const path = newPath();
  const kit = consoleKit({ store: { path } });
  await kit.order('POST', 'breakers/letters.mail/actions', order);
  const modes = ['', '-wal'].map((ending) => statSync(path + ending).mode & 0o777);
  kit.console.close();

  assert.deepEqual(modes, [0o600, 0o600]);
});
