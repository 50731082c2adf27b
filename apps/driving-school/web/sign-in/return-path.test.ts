import assert from 'node:assert/strict';
import { test } from 'node:test';
import { returnPath, signInPath } from './return-path.ts';

test('signing in returns to the requested address', () => {
  assert.equal(signInPath('/students/018f?tab=1'), '/sign-in?next=%2Fstudents%2F018f%3Ftab%3D1');
  assert.equal(signInPath('/'), '/sign-in');
  assert.equal(signInPath('/students?q=tremblay'), '/sign-in?next=%2Fstudents');
  assert.equal(signInPath('/sign-in?next=%2Fpeople'), '/sign-in');
  assert.equal(returnPath('/students/018f?tab=1'), '/students/018f?tab=1');
  assert.equal(returnPath(null), '/');
});

test('a crafted return address leads to the start page', () => {
  for (const next of [
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    'javascript:alert(1)',
    '',
    '/sign-in',
    '/api/x',
  ]) {
    assert.equal(returnPath(next), '/', next);
  }
});
