import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAllowList, hostIsAllowed } from './request-origin.ts';

test('a missing Host is not allowed', () => {
  assert.equal(hostIsAllowed(undefined, hostAllowList('127.0.0.1')), false);
  assert.equal(hostIsAllowed('', hostAllowList('127.0.0.1')), false);
});

test('only the listening address and the configured names are allowed', () => {
  const allowed = hostAllowList('192.168.1.20', ['school.example', 'fd00::20']);
  for (const host of ['192.168.1.20:3000', 'School.Example', '[fd00::20]:3000', 'localhost:3000']) {
    assert.equal(hostIsAllowed(host, allowed), true, host);
  }
  for (const host of ['192.168.1.21', 'school.example.evil.test', 'school.example:port', 'fd00::20']) {
    assert.equal(hostIsAllowed(host, allowed), false, host);
  }
});

test('listening on all addresses does not allow every name', () => {
  const allowed = hostAllowList('0.0.0.0');
  assert.equal(hostIsAllowed('0.0.0.0:3000', allowed), false);
  assert.equal(hostIsAllowed('evil.test', allowed), false);
  assert.equal(hostIsAllowed('localhost', allowed), true);
});
