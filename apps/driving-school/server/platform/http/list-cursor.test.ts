import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ListCursors } from './list-cursor.ts';
import { testSecrets } from '../../students/testing/test-secrets.ts';

const cursors = new ListCursors(testSecrets, 'students');
const invalid = { code: 'CURSOR_INVALID' };
const position = { key: 'tremblay\u0001zoe', id: '018f0000-0000-7000-8000-000000000001' };

test('a cursor returns its position, for its own search only', () => {
  const cursor = cursors.write(position, 'search');
  assert.deepEqual(cursors.read(cursor, 'search'), position);
  assert.throws(() => cursors.read(cursor, 'another search'), invalid);
});

test('a cursor is safe in a URL and reveals nothing of the name', () => {
  const cursor = cursors.write(position, 'search');
  assert.match(cursor, /^[\w-]+$/);
  assert.doesNotMatch(Buffer.from(cursor, 'base64url').toString('latin1'), /tremblay|zoe|018f/);
});

test('any other text, and a changed cursor, is refused', () => {
  const cursor = cursors.write(position, 'search');
  const changed = Buffer.from(cursor, 'base64url');
  changed.writeUInt8(changed.readUInt8(30) ^ 1, 30);
  assert.throws(() => cursors.read(changed.toString('base64url'), 'search'), invalid);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.throws(() => cursors.read(text, 'search'), invalid);
    }),
  );
});
