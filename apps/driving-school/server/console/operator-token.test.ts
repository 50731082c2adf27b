import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { operatorToken, operatorTokenFile, rotateOperatorToken } from './operator-token.ts';

function folder(context: TestContext): { directory: string; file: string } {
  const directory = mkdtempSync(join(tmpdir(), 'token-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return { directory, file: join(directory, operatorTokenFile) };
}

test('the first start creates a token for the current system user only; the next one keeps it', (context) => {
  const { directory, file } = folder(context);
  const token = operatorToken(directory).current() ?? '';
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(readFileSync(file, 'utf8').trim(), token);
  chmodSync(file, 0o644);
  assert.equal(operatorToken(directory).current(), token);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a rotated token is valid immediately, without a restart, and the old one no longer is', (context) => {
  const { directory } = folder(context);
  const running = operatorToken(directory);
  const old = running.current() ?? '';
  const rotated = rotateOperatorToken(directory);
  assert.notEqual(rotated, old);
  assert.deepEqual([running.opens(`Bearer ${old}`), running.opens(`Bearer ${rotated}`)], [false, true]);
});

test('without a file with a token, no token opens the console', (context) => {
  const { directory, file } = folder(context);
  const running = operatorToken(directory);
  const old = running.current() ?? '';
  writeFileSync(file, 'short\n');
  assert.deepEqual(
    [running.current(), running.opens(`Bearer ${old}`), running.opens('Bearer short')],
    [undefined, false, false],
  );
  rmSync(file);
  assert.deepEqual(
    [running.current(), running.opens('Bearer undefined'), running.opens(undefined)],
    [undefined, false, false],
  );
});
