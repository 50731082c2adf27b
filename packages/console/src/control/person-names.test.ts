import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditPageView } from '../contract.ts';
import { consoleKit } from '../testing/console-kit.ts';

test('the audit log shows last known names, also in another process', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'names-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const store = { path: join(directory, 'console.sqlite') };
  const first = consoleKit({ store });
  first.user = { id: 'u-1', name: 'Ana', role: 'admin' };
  await first.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: 'to try it' });
  first.user = { id: 'u-1', name: 'Ana María', role: 'admin' };
  await first.get('session');
  first.console.close();

  const second = consoleKit({ store });
  context.after(() => second.console.close());
  second.user = { id: 'u-2', name: 'Ben', role: 'admin' };
  const { records, names } = await second.get<AuditPageView>('audit');
  assert.deepEqual(names, { 'u-1': 'Ana María' });
  // The chain holds IDs only, so that names can change.
  assert.doesNotMatch(JSON.stringify(records), /Ana/);
  assert.equal((await second.get<{ valid: boolean }>('audit/verify')).valid, true);
});

test('unknown names come from the application, which may fail or not answer', async (context) => {
  const ways: Record<string, () => Promise<string | undefined>> = {
    'u-7': async () => 'Gil',
    'u-8': () => Promise.reject(new Error('the database is away')),
    'u-9': () => new Promise(() => {}),
  };
  const kit = consoleKit({ personName: (id) => ways[id]?.() });
  context.after(() => kit.console.close());
  for (const id of Object.keys(ways)) {
    kit.user = { id, name: '', role: 'admin' };
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: 'to try it' });
  }
  const answer = kit.get<AuditPageView>('audit');
  await kit.clock.advance(1_000);
  assert.deepEqual((await answer).names, { 'u-7': 'Gil' });
  assert.equal(kit.troubles.length, 1);
});
