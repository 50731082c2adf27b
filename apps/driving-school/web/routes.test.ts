import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOwnPath, matchRoute, returnPath, signInPath } from './routes.ts';

test('every address leads to its page, with or without a slash at the end', () => {
  assert.deepEqual(matchRoute('/'), { page: 'students' });
  assert.deepEqual(matchRoute('/students/'), { page: 'students' });
  assert.deepEqual(matchRoute('/students/new'), { page: 'student-new' });
  assert.deepEqual(matchRoute('/students/import'), { page: 'student-import' });
  assert.deepEqual(matchRoute('/students/018f-a1'), { page: 'student', studentId: '018f-a1' });
  assert.deepEqual(matchRoute('/students/018f-a1/edit'), { page: 'student-edit', studentId: '018f-a1' });
  assert.deepEqual(matchRoute('/people'), { page: 'people' });
  assert.deepEqual(matchRoute('/audit'), { page: 'audit' });
  assert.deepEqual(matchRoute('/nowhere'), { page: 'not-found' });
  assert.deepEqual(matchRoute('/students/a/b/c'), { page: 'not-found' });
});

test('the console and the interface are left to the server', () => {
  assert.equal(isOwnPath('/admin'), false);
  assert.equal(isOwnPath('/admin/breakers/x'), false);
  assert.equal(isOwnPath('/api/docs'), false);
  assert.equal(isOwnPath('/administration'), true);
  assert.equal(isOwnPath('/students/new'), true);
});

test('after signing in one is back where one was', () => {
  assert.equal(signInPath('/students/018f?tab=1'), '/sign-in?next=%2Fstudents%2F018f%3Ftab%3D1');
  assert.equal(signInPath('/'), '/sign-in');
  assert.equal(signInPath('/sign-in?next=%2Fpeople'), '/sign-in');
  assert.equal(returnPath('/students/018f?tab=1'), '/students/018f?tab=1');
  assert.equal(returnPath(null), '/');
});

test('a crafted way back leads home and nowhere else', () => {
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
