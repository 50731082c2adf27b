import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { loadSecrets } from './secrets.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the first start creates a key that only its owner can read, and the next start uses it', () => {
  const first = loadSecrets(directory).derive('session-cookie');
  assert.equal(first.length, 32);
  assert.equal(statSync(join(directory, 'secret.key')).mode & 0o777, 0o600);
  assert.deepEqual(loadSecrets(directory).derive('session-cookie'), first);
});

test('each purpose has its own key', () => {
  const secrets = loadSecrets(directory);
  assert.notDeepEqual(secrets.derive('session-cookie'), secrets.derive('cursor'));
});

test('APP_SECRET derives the same keys everywhere, without a file', () => {
  const secret = 'a secret of at least thirty-two characters';
  assert.deepEqual(loadSecrets(directory, secret).derive('x'), loadSecrets('/nowhere', secret).derive('x'));
  assert.throws(() => readFileSync(join(directory, 'secret.key')), { code: 'ENOENT' });
});

test('a damaged key file stops the start instead of being replaced', () => {
  writeFileSync(join(directory, 'secret.key'), 'short');
  assert.throws(() => loadSecrets(directory), /secret\.key is damaged/);
});

test('a key file that others can read becomes private', () => {
  loadSecrets(directory);
  chmodSync(join(directory, 'secret.key'), 0o644);
  loadSecrets(directory);
  assert.equal(statSync(join(directory, 'secret.key')).mode & 0o777, 0o600);
});
