import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { backUpKey, readKeyBackup } from '../platform/keys/key-backup.ts';
import { keyText } from '../platform/keys/key-file.ts';
import { loadSecrets } from '../platform/secrets.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-file-'));
  loadSecrets(folder);
  key = readFileSync(join(folder, 'secret.key'), 'utf8');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('both restore commands read the key from the .secret file of a backup and from a file of key-backup', () => {
  const secretFile = join(folder, 'school.tar.gz.secret');
  const keyBackup = join(folder, 'school-key.json');
  writeSecretFile(secretFile, key);
  backUpKey(folder, keyBackup);
  for (const file of [secretFile, keyBackup]) {
    assert.equal(readSecretFile(file), key);
    assert.equal(keyText(readKeyBackup(file)), key);
  }
});

test('anything else is refused, with its file name', () => {
  const file = join(folder, 'school.tar.gz.secret');
  assert.throws(() => readSecretFile(file), /The secret of the backup cannot be read \(There is no file .*--secret/);
  for (const text of ['', '# a comment\n', 'no key at all\n', `${key.slice(0, 20)}\n`, '{"kind":"something else"}']) {
    writeFileSync(file, text);
    assert.throws(() => readSecretFile(file), /The secret of the backup cannot be read .*not a backup of a key/, text);
    assert.throws(() => readKeyBackup(file), { code: 'SECRET_REFUSED' });
  }
});
