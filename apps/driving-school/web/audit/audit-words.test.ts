import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditActions } from '../../contract/audit.ts';
import { actorText, auditPath, auditWords, detailText, filterOf, subjectText } from './audit-words.ts';

test('every action has its own name', () => {
  assert.deepEqual(Object.keys(auditWords).toSorted(), [...auditActions].toSorted());
  assert.equal(new Set(Object.values(auditWords)).size, auditActions.length);
});

test('details are shown as text', () => {
  assert.equal(detailText({}), '');
  assert.equal(
    detailText({ from_role: 'office', to_role: 'owner', name_changed: true }),
    'Previous role: Office · Name changed: yes · New role: Owner',
  );
  assert.equal(detailText({ by: 'link', purpose: 'owner-recovery' }), 'Via: one-time link · Purpose: owner recovery');
  assert.equal(detailText({ by: 'account', sessions_ended: 2 }), 'Via: My account · Other sessions ended: 2');
  assert.equal(detailText({ rows: 1_200, added: 1_190 }), 'Students added: 1,190 · Rows in the file: 1,200');
});

test('a detail without a label is shown with its stored name', () => {
  assert.equal(detailText({ attempts: 1_200, by_link: true }), 'Attempts: 1,200 · By link: yes');
});

test('a filter is restored from its address, and invalid values are ignored', () => {
  const filter = { actor: 'a-1', subject: '', action: 'person.disabled' } as const;
  assert.equal(auditPath(filter), '/audit?actor=a-1&action=person.disabled');
  assert.deepEqual(filterOf(new URLSearchParams('actor=a-1&action=person.disabled')), filter);
  assert.equal(auditPath({}), '/audit');
  assert.deepEqual(filterOf(new URLSearchParams('action=toString&other=1')), { actor: '', subject: '', action: '' });
});

test('people who have left and commands on the server are named', () => {
  assert.equal(actorText(null), 'Not signed in');
  assert.equal(actorText({ id: '1', name: null }), 'Someone who has left');
  assert.equal(actorText({ id: '1', name: 'Dana Roy' }), 'Dana Roy');
  assert.equal(subjectText({ kind: 'person', id: '1', name: 'Dana Roy' }), 'Dana Roy');
  assert.equal(subjectText({ kind: 'student', id: '1', name: null }), 'Student record');
});
