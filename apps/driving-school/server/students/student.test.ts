import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStudent, type StudentFields } from '../../contract/students.ts';
import { studentFields } from '../../contract/student-fields.ts';
import { searchedWords, searchWordsOf } from '../platform/search-words.ts';
import { patched, sortNameOf, warningsFor } from './student.ts';
import { aRecord } from './testing/scripted-students.ts';

const today = '2026-03-15';
const fields = (input: object): StudentFields => {
  const parsed = parseStudent({ legal_family_name: 'Tremblay', birth_date: '2000-03-09', ...input }, today);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
};
const warned = (input: object): string[] => warningsFor(fields(input), today).map(({ code }) => code);
const g1 = { licence_class: 'G1' };

const letter = (legal_family_name: string, first: string): boolean =>
  warned({ ...g1, legal_family_name, licence_number: `${first}1234-56780-00309` }).includes('licence_letter_differs');

const born = (birth_date: string): string[] => warned({ birth_date });

const ends = (licence_expires_on: string): string[] => warned({ ...g1, licence_expires_on });

test('a licence number that matches name and birth date gives no warning, with or without 50 added to the month', () => {
  assert.deepEqual(warned({ ...g1, licence_number: 'T1234-56780-00309' }), []);
  assert.deepEqual(warned({ ...g1, licence_number: 'T1234-56780-05309' }), []);
});

test('a licence number that does not match gives a warning until the card has been seen', () => {
  const number = { ...g1, licence_number: 'K1234-56780-00310' };
  assert.deepEqual(warned(number), ['licence_letter_differs', 'licence_birth_date_differs']);
  assert.deepEqual(warned({ ...number, licence_sighted_on: '2026-03-01' }), []);
});

test('the first letter is compared without accents, and not at all for names in other scripts', () => {
  assert.equal(letter('Élise', 'E'), false);
  assert.equal(letter('Öztürk', 'O'), false);
  assert.equal(letter("d'Angelo", 'D'), false);
  assert.equal(letter("d'Angelo", 'A'), true);
  assert.equal(letter('Œuvray', 'O'), false);
  assert.equal(letter('毛', 'M'), false);
});

test('no warning contains a digit of the number or of the birth date', () => {
  const all = warningsFor(
    fields({ licence_number: 'K9876-54329-91231', birth_date: '2011-05-06', address: { postal_code: 'H0H 0H0' } }),
    today,
  );
  assert.ok(all.length >= 4);
  for (const { message } of all) assert.doesNotMatch(message, /9876|54329|91231|2011|05-06/);
});

test('age and expiry are determined by the calendar day', () => {
  assert.deepEqual(born('2010-03-16'), ['under_16']);
  assert.deepEqual(born('2010-03-15'), ['under_18']);
  assert.deepEqual(born('2008-03-16'), ['under_18']);
  assert.deepEqual(born('2008-03-15'), []);
  assert.deepEqual(ends('2026-03-14'), ['licence_expired']);
  assert.deepEqual(ends('2026-03-15'), ['licence_expires_soon']);
  assert.deepEqual(ends('2026-05-14'), ['licence_expires_soon']);
  assert.deepEqual(ends('2026-05-15'), []);
});

test('a licence issued before the 16th birthday, one without a class, and an address outside Ontario give warnings', () => {
  assert.deepEqual(warned({ ...g1, licence_issued_on: '2016-03-08' }), ['licence_issued_before_16']);
  assert.deepEqual(warned({ ...g1, licence_issued_on: '2016-03-09' }), []);
  assert.deepEqual(warned({ licence_expires_on: '2029-01-01' }), ['licence_class_missing']);
  assert.deepEqual(warned({ address: { postal_code: 'H0H 0H0' } }), ['outside_ontario']);
});

test('the list is sorted by family name and then given names, ignoring accents, case and punctuation', () => {
  const order = [
    ['Le', 'Zoé'],
    ['Le Blanc', 'Anne'],
    ['Lebel', 'Anne'],
    ['Léger', 'Anne'],
    ['leger', 'Émile'],
    ["O'Neil", 'A'],
    ['ONeil', 'B'],
  ].map(([legal_family_name = '', legal_given_names = '']) => sortNameOf({ legal_family_name, legal_given_names }));
  assert.deepEqual(order.slice(0, 5), order.slice(0, 5).toSorted());
  assert.equal(sortNameOf({ legal_family_name: 'CÔTÉ', legal_given_names: null }), 'cote\u0001');
});

test('a search text is split into word prefixes; a phone number is not split', () => {
  assert.deepEqual(searchedWords(" Jean-Luc  O'NEIL "), ['jean', 'luc', 'o', 'neil']);
  assert.deepEqual(searchedWords('(416) 555-01'), ['41655501']);
  assert.deepEqual(searchedWords('+1 416 555'), ['416555']);
  assert.deepEqual(searchedWords('1-416-555-0123'), ['4165550123']);
  assert.deepEqual(searchedWords('Zoe.Roy@Example.com'), ['zoe.roy@example.com']);
  assert.deepEqual(searchedWords(' !?- '), []);
  assert.equal(searchedWords('a b c d e f g h i j k').length, 8);
});

test('a student is found by the prefix of each word of the name, whatever its accents', () => {
  const name = fc
    .string({ unit: fc.constantFrom(...Array.from("abcéèçñøłœßIİıΣσ-' ")), minLength: 1, maxLength: 20 })
    .filter((text) => parseStudent({ legal_family_name: text, birth_date: '2000-01-01' }, today).ok);
  fc.assert(
    fc.property(name, fc.nat(), (legal_family_name, cut) => {
      const words = searchWordsOf(studentFields, {
        legal_family_name,
        legal_given_names: null,
        preferred_name: null,
        email: null,
        phone: null,
        address: null,
      });
      const typed = legal_family_name.toUpperCase().slice(0, 1 + (cut % legal_family_name.length));
      for (const wanted of searchedWords(typed)) {
        assert.ok(
          words.some((word) => word.startsWith(wanted)),
          JSON.stringify({ typed, wanted, words }),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a patch keeps omitted fields and merges the address; a new number drops the old extension', () => {
  const { student } = aRecord({
    phone_extension: '5',
    licence_sighted_on: '2026-01-01',
    licence_sighted_by: 'Dana',
    address: { street: '1 A Street', city: 'Guelph', province: 'ON', postal_code: null },
  });
  const merged = patched(student, { phone: '416-555-0199', address: { city: 'Barrie' }, licence_sighted_on: null });
  assert.deepEqual(
    [merged['phone'], merged['phone_extension'], merged['address'], merged['licence_sighted_by'], merged['email']],
    [
      '416-555-0199',
      null,
      { street: '1 A Street', city: 'Barrie', province: 'ON', postal_code: null },
      null,
      'zoe@example.com',
    ],
  );
  assert.ok(!('licence_number' in merged) && !('version' in merged) && !('warnings' in merged));
  assert.equal(patched(student, { address: null })['address'], null);
});

test('a record is still valid after an empty patch', () => {
  assert.equal(parseStudent(patched(aRecord().student, {}), today).ok, true);
});
