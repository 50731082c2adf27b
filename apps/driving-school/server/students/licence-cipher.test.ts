import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LicenceCipher } from './licence-cipher.ts';
import { testSecrets } from './testing/test-secrets.ts';

const cipher = new LicenceCipher(testSecrets);
const owner = { schoolId: 'a', studentId: '1' };
const number = 'T1234-56780-80309';

const digest = (licenceNumber: string, schoolId: string): string =>
  cipher.digest(licenceNumber, schoolId).toString('hex');

test('a licence number can be encrypted and decrypted; encrypting it twice gives different bytes', () => {
  const sealed = cipher.seal(number, owner);
  assert.equal(cipher.open(sealed, owner), number);
  assert.notDeepEqual(cipher.seal(number, owner), sealed);
  assert.ok(!sealed.toString('latin1').includes('1234'));
});

test('bytes that were changed, truncated, or moved to another student cannot be decrypted', () => {
  const sealed = cipher.seal(number, owner);
  const code = 'LICENCE_UNREADABLE';
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
    assert.throws(() => cipher.open(changed, owner), { code });
  }
  for (const length of [0, 1, 28, 29, 30])
    assert.throws(() => cipher.open(sealed.subarray(0, length), owner), { code });
  assert.throws(() => cipher.open(sealed, { ...owner, studentId: '2' }), { code });
  assert.throws(() => cipher.open(sealed, { ...owner, schoolId: 'b' }), { code });
  const other = new LicenceCipher({ derive: () => Buffer.alloc(32, 7) });
  assert.throws(() => other.open(sealed, owner), { code });
});

test('only equal numbers of one school have equal digests', () => {
  assert.equal(digest(number, 'a'), digest(number, 'a'));
  assert.equal(new Set([digest(number, 'a'), digest(number, 'b'), digest('T1234-56780-80308', 'a')]).size, 3);
  assert.equal(digest(number, 'a').length, 64);
});
