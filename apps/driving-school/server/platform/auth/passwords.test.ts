import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Passwords } from './passwords.ts';

test('a password is hashed with the memory and time that OWASP recommends for argon2id', async () => {
  const hash = await new Passwords().hash('a long enough password');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
