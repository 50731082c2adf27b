import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageInYears } from '../contract/parsers.ts';
import { parseStudent, type Warning } from '../contract/students.ts';
import { demoSchool } from './demo-school.ts';
// The slice's rules, to verify the special cases.
import { warningsFor } from '../server/students/student.ts';

const today = '2026-03-15';
const schoolId = '018f0000-0000-7000-8000-000000000001';
const school = demoSchool({ today, schoolId });
const fieldsAt = (index: number) => {
  const student = school.students[index];
  assert.ok(student);
  return student.fields;
};
const codesAt = (index: number): string[] => warningsFor(fieldsAt(index), today).map(({ code }: Warning) => code);

test('the same seed and day create the same school; a different seed or day creates a different one', () => {
  assert.deepEqual(demoSchool({ today, schoolId }), school);
  assert.notDeepEqual(demoSchool({ today, schoolId, seed: 7 }).students[30], school.students[30]);
  assert.notDeepEqual(demoSchool({ today: '2027-01-01', schoolId }).students[30], school.students[30]);
});

test('there are 2,000 students, and each is valid input', () => {
  assert.equal(school.students.length, 2_000);
  for (const { fields } of school.students) {
    const parsed = parseStudent(fields, today);
    assert.deepEqual(parsed, { ok: true, value: fields });
  }
});

test('ids and licence numbers are unique', () => {
  const ids = school.students.map(({ id }) => id);
  const numbers = school.students.map(({ fields }) => fields.licence_number).filter((number) => number !== null);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.ok(numbers.length > 1_500);
});

test('nothing in the demo can belong to a real person', () => {
  for (const { fields } of school.students) {
    assert.match(fields.email ?? '@example.com', /@example\.com$/);
    assert.match(fields.phone ?? '+14165550100', /^\+1\d{3}55501\d\d$/);
    assert.match(fields.licence_number ?? 'A0000-', /^[A-Z]0000-/);
    assert.match(fields.address?.postal_code ?? 'M0M 0M0', /^(M0|H0H)/);
  }
  for (const { email } of school.instructors) assert.match(email, /^[a-z.]+\.demo@example\.com$/);
});

test('licence numbers of ordinary students match name and birth date', () => {
  const odd = school.students
    .slice(30)
    .filter(({ fields }) =>
      warningsFor(fields, today).some(
        ({ code }) => code === 'licence_letter_differs' || code === 'licence_birth_date_differs',
      ),
    );
  assert.deepEqual(odd, []);
});

test('the special cases exist on any day', () => {
  assert.equal(ageInYears(fieldsAt(0).birth_date, today), 17);
  assert.deepEqual(codesAt(0), ['under_18']);
  assert.equal(fieldsAt(1).legal_given_names, null);
  assert.match(fieldsAt(2).legal_family_name, /è.*é.*ô.*ç/);
  assert.deepEqual(codesAt(3), ['licence_expires_soon']);
  assert.deepEqual(codesAt(4), ['licence_expired']);
  assert.deepEqual([fieldsAt(5).email, ageInYears(fieldsAt(5).birth_date, today)], [null, 16]);
  assert.deepEqual([fieldsAt(6).email, fieldsAt(6).phone], [null, null]);
  assert.deepEqual(codesAt(7), ['under_16']);
  assert.deepEqual(codesAt(8), ['outside_ontario']);
  assert.ok(codesAt(9).includes('licence_letter_differs'));
  assert.ok(!codesAt(10).includes('licence_letter_differs'));
  assert.equal(fieldsAt(11).birth_date, '2008-02-29');
  assert.equal(fieldsAt(12).sms_capable, 'no');
  assert.equal(fieldsAt(13).phone_extension, '4021');
  assert.equal(school.students[14]?.status, 'archived');
  assert.equal(fieldsAt(15).birth_date, fieldsAt(16).birth_date);
  assert.equal(fieldsAt(17).legal_given_names, fieldsAt(18).legal_given_names);
  assert.equal(ageInYears(fieldsAt(19).birth_date, today), 16);
  assert.equal(ageInYears(fieldsAt(20).birth_date, today), 17);
  assert.ok((fieldsAt(21).legal_given_names ?? '').length > 90);
});

test('any day works, including leap days and the ends of months', () => {
  for (const day of ['2027-03-31', '2028-02-29', '2026-12-31', '2027-03-01', '2030-05-31']) {
    for (const { fields } of demoSchool({ today: day, schoolId, studentCount: 200 }).students) {
      assert.deepEqual(parseStudent(fields, day), { ok: true, value: fields });
    }
  }
});
