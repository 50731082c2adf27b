import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStudent } from './students.ts';

const today = '2026-03-15';
const codes = (input: unknown): string[] => {
  const parsed = parseStudent(input, today);
  return parsed.ok ? [] : parsed.problems.map(({ pointer, code }) => `${pointer} ${code}`);
};

const born = (birth_date: string): string[] => codes({ legal_family_name: 'Roy', birth_date });

test('only the family name and the birth date are required', () => {
  assert.deepEqual(parseStudent({ legal_family_name: 'Sukarno', birth_date: '2008-03-09' }, today), {
    ok: true,
    value: {
      legal_given_names: null,
      legal_family_name: 'Sukarno',
      preferred_name: null,
      birth_date: '2008-03-09',
      email: null,
      phone: null,
      phone_extension: null,
      sms_capable: 'unknown',
      address: null,
      emergency_contact: null,
      preferred_language: 'en',
      licence_number: null,
      licence_class: 'none',
      licence_issued_on: null,
      licence_expires_on: null,
      licence_sighted_on: null,
      licence_sighted_by: null,
      instructor_id: null,
      notes: null,
    },
  });
});

test('every field is parsed into its normal form', () => {
  const parsed = parseStudent(
    {
      legal_given_names: ' Zoe\u0301 ',
      legal_family_name: 'Tremblay',
      birth_date: '2008-03-09',
      phone: '(416) 555-0123 ext. 9',
      address: { street: ' 1  Elm St ', city: 'Toronto', postal_code: 'm0m0m0' },
      licence_number: 't0000 12340 80309',
      licence_class: 'g1',
      email: '',
    },
    today,
  );
  assert.ok(parsed.ok);
  const { legal_given_names, phone, phone_extension, address, licence_number, licence_class, email } = parsed.value;
  assert.deepEqual(
    { legal_given_names, phone, phone_extension, address, licence_number, licence_class, email },
    {
      legal_given_names: 'Zoé',
      phone: '+14165550123',
      phone_extension: '9',
      address: { street: '1 Elm St', city: 'Toronto', province: 'ON', postal_code: 'M0M 0M0' },
      licence_number: 'T0000-12340-80309',
      licence_class: 'G1',
      email: null,
    },
  );
});

test('all problems are reported together, each at its field', () => {
  assert.deepEqual(
    codes({
      birth_date: '2008-02-30',
      phone: '555',
      email: 'zoe',
      address: { postal_code: 'D1A 1A1', planet: 'Earth' },
      licence_class: 'M1',
      licence_issued_on: '2026-03-16',
      licence_expires_on: '2026-03-16',
      licence_number: 12,
      'id/x~y': 'z',
    }).toSorted(),
    [
      '/address/planet unknown_field',
      '/address/postal_code postal_code_letter',
      '/birth_date date_exists',
      '/email email_format',
      '/id~1x~0y unknown_field',
      '/legal_family_name required',
      '/licence_class unknown_choice',
      '/licence_expires_on before_issue',
      '/licence_issued_on in_the_future',
      '/licence_number wrong_type',
      '/phone phone_length',
    ],
  );
});

test('a birth date is not in the future and not more than 110 years ago', () => {
  assert.deepEqual(born('2026-03-15'), []);
  assert.deepEqual(born('2026-03-16'), ['/birth_date in_the_future']);
  assert.deepEqual(born('1915-03-16'), []);
  assert.deepEqual(born('1915-03-15'), ['/birth_date too_long_ago']);
});

test('an extension requires a number, and the witness of the card requires a day', () => {
  const roy = { legal_family_name: 'Roy', birth_date: '2008-03-09' };
  assert.deepEqual(codes({ ...roy, phone_extension: '12' }), ['/phone required']);
  assert.deepEqual(codes({ ...roy, phone: '5', phone_extension: '12' }), ['/phone phone_length']);
  assert.deepEqual(codes({ ...roy, licence_sighted_by: 'Dana' }), ['/licence_sighted_on required']);
  assert.deepEqual(codes({ ...roy, licence_sighted_by: 'Dana', licence_sighted_on: '2026-03-14' }), []);
});

test('anything but an object is refused with a sentence', () => {
  for (const input of [null, undefined, 'x', 3, []]) assert.deepEqual(codes(input), [' wrong_type']);
});

test('any input returns a student or a list of sentences', () => {
  const key = fc.constantFrom(
    'legal_family_name',
    'birth_date',
    'phone',
    'address',
    'licence_number',
    '__proto__',
    'toString',
    'x',
  );
  const some = fc.oneof(
    fc.anything(),
    fc.constantFrom('2008-03-09', 'Roy', '416-555-0123', { postal_code: 'M0M 0M0' }),
  );
  fc.assert(
    fc.property(fc.dictionary(key, some), (input) => {
      const parsed = parseStudent(input, today);
      if (parsed.ok) assert.equal(parseStudent(parsed.value, today).ok, true);
      else assert.ok(parsed.problems.length > 0 && parsed.problems.every(({ message }) => message.endsWith('.')));
    }),
    { numRuns: 500 },
  );
});

test('of thousands of unknown fields, only the first twenty are reported', () => {
  const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, 1]));
  const parsed = parseStudent({ ...unknown, legal_family_name: 'Roy', birth_date: '2008-03-09' }, '2026-03-15');
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map(({ pointer }) => pointer),
    Array.from({ length: 20 }, (_, index) => `/x${index}`),
  );
});
