import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStudent, type Student, type StudentFields } from '../../contract/students.ts';
import {
  changesBetween,
  conflictsBetween,
  emptyForm,
  formFromStudent,
  inputFromForm,
  isChanged,
  rebase,
  type StudentForm,
} from './student-form-fields.ts';

const today = '2026-11-23';

function aStudent(changes: Partial<Student> = {}): Student {
  return {
    id: '018f0000-0000-7000-8000-000000000001',
    legal_given_names: 'Zoé Marie',
    legal_family_name: 'Tremblay',
    preferred_name: null,
    birth_date: '2008-03-09',
    email: 'zoe@example.ca',
    phone: '+16135550134',
    phone_extension: '12',
    sms_capable: 'yes',
    address: { street: '12 Elm St', city: 'Ottawa', province: 'ON', postal_code: 'K1A 0B1' },
    preferred_language: 'fr',
    emergency_contact: null,
    licence_number_masked: 'T1234-*****-*****',
    licence_class: 'G1',
    licence_issued_on: '2025-06-30',
    licence_expires_on: '2030-06-30',
    licence_sighted_on: null,
    licence_sighted_by: null,
    instructor_id: null,
    instructor_name: null,
    notes: null,
    status: 'active',
    version: 3,
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
    updated_by_name: 'Otto Office',
    warnings: [],
    ...changes,
  };
}

function parsed(form: StudentForm): StudentFields {
  const result = parseStudent(inputFromForm(form), today);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const keep = { removeLicenceNumber: false };

test('an untouched form has nothing to send', () => {
  const form = formFromStudent(aStudent());
  assert.deepEqual(changesBetween(aStudent(), parsed(form), keep), {});
  assert.equal(isChanged(form, formFromStudent(aStudent())), false);
});

test('only changed fields are sent, in their normal form', () => {
  const form = { ...formFromStudent(aStudent()), phone: '(613) 555 0199', 'address/postal_code': 'k1a0b2' };
  assert.deepEqual(changesBetween(aStudent(), parsed(form), keep), {
    phone: '+16135550199',
    phone_extension: null,
    address: { street: '12 Elm St', city: 'Ottawa', province: 'ON', postal_code: 'K1A 0B2' },
  });
});

test('a cleared field is sent as null, and so is a cleared address', () => {
  const form = {
    ...formFromStudent(aStudent()),
    email: ' ',
    'address/street': '',
    'address/city': '',
    'address/postal_code': '',
  };
  assert.deepEqual(changesBetween(aStudent(), parsed(form), keep), { email: null, address: null });
});

test('an empty licence number keeps the one on record, unless the user removes it', () => {
  const form = formFromStudent(aStudent());
  assert.deepEqual(changesBetween(aStudent(), parsed(form), keep), {});
  assert.deepEqual(changesBetween(aStudent(), parsed(form), { removeLicenceNumber: true }), { licence_number: null });
  const typed = { ...form, licence_number: 't12345678901234' };
  assert.deepEqual(changesBetween(aStudent(), parsed(typed), { removeLicenceNumber: true }), {
    licence_number: 'T1234-56789-01234',
  });
});

test('an empty form shows missing fields at their inputs', () => {
  const result = parseStudent(inputFromForm(emptyForm), today);
  assert.deepEqual(result.ok ? [] : result.problems.map(({ pointer }) => pointer), [
    '/legal_family_name',
    '/birth_date',
  ]);
});

test('a newer record replaces only unchanged fields', () => {
  const base = formFromStudent(aStudent());
  const theirs = formFromStudent(aStudent({ email: 'new@example.ca', phone: '+16135550177', phone_extension: null }));
  const yours = { ...base, phone: '613-555-0188', notes: 'Prefers mornings' };
  assert.deepEqual(rebase(base, theirs, yours), { ...theirs, phone: '613-555-0188', notes: 'Prefers mornings' });
  assert.deepEqual(conflictsBetween(base, theirs, yours), [
    { name: 'phone', label: 'Phone', before: '613-555-0134 ext. 12', theirs: '613-555-0177', yours: '613-555-0188' },
    { name: 'email', label: 'E-mail', before: 'zoe@example.ca', theirs: 'new@example.ca', yours: undefined },
  ]);
});
