import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inviteSchema, passwordProblem, userChangeSchema } from './session.ts';

const owner = { name: 'Dana Roy', email: 'dana.roy.school@example.ca' };

test('a password of four words is accepted', () => {
  assert.equal(passwordProblem('correct horse battery staple', owner), undefined);
});

test('what is wrong with a password is said in a sentence', () => {
  assert.match(passwordProblem('elevenchars', owner) ?? '', /at least 12 characters/);
  assert.match(passwordProblem('x'.repeat(201), owner) ?? '', /at most 200 characters/);
  assert.match(passwordProblem('aaaaaaaaaaaa', owner) ?? '', /different characters/);
  assert.match(passwordProblem('Dana.Roy.School', owner) ?? '', /your name or your e-mail address/);
  assert.match(passwordProblem('DANA.ROY.school@example.ca', owner) ?? '', /your name or your e-mail address/);
});

test('the length of a password is counted in characters, not in code units', () => {
  assert.match(passwordProblem('🚗🚕🚙🚌🚎🏎️', owner) ?? '', /at least 12/);
});

test('an invitation keeps the address in lower case', () => {
  assert.equal(
    inviteSchema.parse({ name: ' Sam ', email: ' Sam@Example.CA ', role: 'office' }).email,
    'sam@example.ca',
  );
});

test('a change that changes nothing, or something unknown, is refused', () => {
  assert.equal(userChangeSchema.safeParse({}).success, false);
  assert.equal(userChangeSchema.safeParse({ password_hash: 'x' }).success, false);
});
