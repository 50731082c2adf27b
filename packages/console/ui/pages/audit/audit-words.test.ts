import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditWhat, auditWho } from './audit-words.ts';

test('an entry names what was requested, and what was done', () => {
  const isolation = { action: 'breaker.override.set', params: { mode: 'isolated' } };
  assert.equal(auditWhat({ ...isolation, phase: 'intent' }), 'Isolation requested');
  assert.equal(auditWhat({ ...isolation, phase: 'result' }), 'Isolation');
  assert.equal(
    auditWhat({ action: 'breaker.override.set', params: { mode: 'held_closed' }, phase: 'result' }),
    'Hold closed',
  );
  assert.equal(auditWhat({ action: 'service.restart', params: {}, phase: 'intent' }), 'Restart requested');
  assert.equal(auditWhat({ action: 'config.saved', params: {}, phase: 'intent' }), 'Settings change requested');
  assert.equal(auditWhat({ action: 'POST breakers', params: {}, phase: 'event' }), 'POST breakers');
});

test('an entry names the user; an ID without a name is unknown', () => {
  const names = { 'u-1': 'Ana' };
  const by = (type: 'user' | 'token' | 'system' | 'unknown', id: string) =>
    auditWho({ actor: { type, id, role: null } }, names);
  assert.deepEqual(
    [by('user', 'u-1'), by('user', 'u-2'), by('system', 'system'), by('unknown', 'unknown')],
    ['Ana', 'Unknown user', 'Automatic', 'Not signed in'],
  );
});
