import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ListCursors } from './list-cursor.ts';
import { testSecrets } from './testing/test-secrets.ts';

const cursors = new ListCursors(testSecrets);
const position = { key: 'tremblay\u0001zoe', id: '018f0000-0000-7000-8000-000000000001' };

test('a cursor gives back its position, to the search that it came from', () => {
  const cursor = cursors.write(position, 'search');
  assert.deepEqual(cursors.read(cursor, 'search'), position);
  assert.equal(cursors.read(cursor, 'another search'), undefined);
});

test('a cursor fits into an address and shows nothing of the name', () => {
  const cursor = cursors.write(position, 'search');
  assert.match(cursor, /^[\w-]+$/);
  assert.doesNotMatch(Buffer.from(cursor, 'base64url').toString('latin1'), /tremblay|zoe|018f/);
});

test('what is no cursor, or a changed one, is read as none', () => {
  const cursor = cursors.write(position, 'search');
  const changed = Buffer.from(cursor, 'base64url');
  changed.writeUInt8(changed.readUInt8(30) ^ 1, 30);
  assert.equal(cursors.read(changed.toString('base64url'), 'search'), undefined);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(cursors.read(text, 'search'), undefined);
    }),
  );
});
