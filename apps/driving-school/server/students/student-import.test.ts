import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { importBytesMax, importRowsMax } from '../../contract/students.ts';
import { type ImportSurroundings, importTemplate, planImport, readImportFile } from './student-import.ts';
import { sortNameOf } from './student.ts';

const today = '2026-03-15';
const read = (text: string) => readImportFile(Buffer.from(text, 'utf8'), today);
const problems = (text: string): string[] =>
  read(text).problems.map(({ row, field, code }) => `${row} ${field} ${code}`);
const names = (text: string): (string | null)[] => {
  const file = read(text);
  assert.deepEqual(file.problems, []);
  return file.students.map(({ fields }) => fields.legal_family_name);
};
const school: ImportSurroundings = {
  instructors: new Map([['ines@example.com', 'ines']]),
  witness: 'Otto Office',
  digest: (licenceNumber) => `digest of ${licenceNumber}`,
  findAlike: async () => [],
};

test('the template is a file that could be imported', async () => {
  const plan = await planImport(read(importTemplate()), school);
  assert.equal(plan.applicable, true);
  assert.equal(plan.students[0]?.legal_given_names, 'Zoé');
});

test('marks, line ends and delimiters of every spreadsheet are read', () => {
  assert.deepEqual(names('\uFEFFlegal_family_name,birth_date\r\nRoy,2008-03-09\r\nCôté,2008-03-10\r\n'), [
    'Roy',
    'Côté',
  ]);
  assert.deepEqual(names('legal_family_name;birth_date\nRoy;2008-03-09'), ['Roy']);
  assert.deepEqual(names('legal_family_name\tbirth_date\rRoy\t2008-03-09\r'), ['Roy']);
  assert.deepEqual(names('Birth Date,LEGAL-FAMILY-NAME\n2008-03-09,Roy'), ['Roy']);
  assert.deepEqual(names('"legal_family_name","birth_date"\n"Le ""Grand"" Roy","2008-03-09"\n'), ['Le "Grand" Roy']);
});

test('a value may hold commas and line feeds, and rows keep the numbers of the spreadsheet', () => {
  const text =
    'legal_family_name,birth_date,notes\r\nRoy,2008-03-09,"one, two\r\nthree"\r\n\r\n,,\r\nCôté,2008-13-09,\r\nMartin,2008-03-09\r\n';
  const file = read(text);
  assert.equal(file.rows, 3);
  assert.equal(file.students[0]?.fields.notes, 'one, two\nthree');
  assert.deepEqual(
    file.students.map(({ row }) => row),
    [2, 6],
  );
  assert.deepEqual(problems(text), ['5 birth_date date_exists']);
});

test('every bad value is reported with row, column, sentence and what the file has', () => {
  const { problems: found } = read(
    'legal_family_name,birth_date,phone,postal_code,instructor_email\nRoy,2008-02-30,555,D1A 1A1,ines\n,2008-03-09,,,\n',
  );
  assert.deepEqual(
    found.map(({ row, field, value }) => [row, field, value]),
    [
      [2, 'instructor_email', 'ines'],
      [2, 'birth_date', '2008-02-30'],
      [2, 'phone', '555'],
      [2, 'postal_code', 'D1A 1A1'],
      [3, 'legal_family_name', ''],
    ].toSorted((a, b) => Number(a[0]) - Number(b[0])),
  );
  assert.ok(found.every(({ message }) => message.endsWith('.')));
});

test('a report never repeats a licence number', () => {
  const [problem] = read('legal_family_name,birth_date,licence_number\nRoy,2008-03-09,R1234-56780-8030\n').problems;
  assert.equal(problem?.value, 'R1234…');
  assert.doesNotMatch(JSON.stringify(problem), /56780/);
});

test('a wrong header is named together with the one that was probably meant', () => {
  const found = read('Last Name,DOB,legal_given_name,shoe size,,birth_date\nRoy,2008-03-09,Zoé,9,,x\n').problems;
  assert.deepEqual(
    found.map(({ code, message }) => [code, /Call it "(.*)"/.exec(message)?.[1]]),
    [
      ['unknown_column', 'legal_family_name'],
      ['unknown_column', 'birth_date'],
      ['unknown_column', 'legal_given_names'],
      ['unknown_column', undefined],
      ['unknown_column', undefined],
    ],
  );
  assert.ok(found.every(({ row }) => row === 1));
  assert.deepEqual(problems('legal_given_names\nZoé\n'), [
    '1 legal_family_name missing_column',
    '1 birth_date missing_column',
  ]);
  assert.deepEqual(problems('legal_family_name,birth_date,birth_date\nRoy,2008-03-09,\n'), [
    '1 birth_date repeated_column',
  ]);
});

test('what is no CSV, no UTF-8, empty or too much is said in one sentence', () => {
  assert.deepEqual(problems(''), ['1  file_empty']);
  assert.deepEqual(problems('\uFEFF  \n'), ['1  file_empty']);
  assert.deepEqual(problems('legal_family_name,birth_date\n'), ['1  file_empty']);
  assert.deepEqual(problems('legal_family_name,birth_date\n"Roy,2008-03-09\n'), ['2  file_format']);
  assert.deepEqual(problems('legal_family_name,birth_date\nRoy,2008-03-09,x\n'), ['2  too_many_values']);
  assert.equal(
    readImportFile(Buffer.from('legal_family_name,birth_date\nC\xf4t\xe9,2008-03-09', 'latin1'), today).problems[0]
      ?.code,
    'file_encoding',
  );
  assert.equal(
    readImportFile(Buffer.from('\uFEFFlegal_family_name', 'utf16le'), today).problems[0]?.code,
    'file_encoding',
  );
  assert.equal(readImportFile(Buffer.alloc(importBytesMax + 1, 'x'), today).problems[0]?.code, 'file_too_large');
  const rows = 'Roy,2008-03-09\n'.repeat(importRowsMax + 1);
  assert.deepEqual(problems(`legal_family_name,birth_date\n${rows}`), ['1  too_many_rows']);
});

test('duplicates inside of the file and with the school are found, by licence number first', async () => {
  const file = read(
    [
      'legal_family_name,legal_given_names,birth_date,licence_number',
      'Roy,Zoé,2008-03-09,R0000-00010-80309',
      'ROY,Zoe,2008-03-09,',
      'Smith,Ann,2008-03-09,r0000 00010 80309',
      'Côté,Luc,2007-01-01,',
      'Lam,Wei,2007-01-01,L0000-00010-70101',
    ].join('\n'),
  );
  const cote = {
    id: 'cote',
    licenceDigest: null,
    sortName: sortNameOf({ legal_family_name: 'COTE', legal_given_names: 'Luc' }),
    birthDate: '2007-01-01',
  };
  const lam = { id: 'lam', licenceDigest: 'digest of L0000-00010-70101', sortName: 'another', birthDate: '1990-01-01' };
  const plan = await planImport(file, { ...school, findAlike: async () => [cote, lam] });
  assert.deepEqual(
    plan.duplicates.map(({ row, by, other_row, student_id }) => [row, by, other_row, student_id]),
    [
      [3, 'name_and_birth_date', 2, null],
      [4, 'licence_number', 2, null],
      [5, 'name_and_birth_date', null, 'cote'],
      [6, 'licence_number', null, 'lam'],
    ],
  );
  assert.equal(plan.applicable, false);
});

test('an instructor is found by e-mail address; an unknown one is a problem of the row', async () => {
  const file = read(
    'legal_family_name,birth_date,instructor_email,licence_sighted_on\nRoy,2008-03-09,Ines@Example.com,2026-03-01\nCôté,2008-03-09,who@example.com,\n',
  );
  const plan = await planImport(file, school);
  assert.deepEqual([plan.students[0]?.instructor_id, plan.students[0]?.licence_sighted_by], ['ines', 'Otto Office']);
  assert.deepEqual(
    plan.problems.map(({ row, field }) => [row, field]),
    [[3, 'instructor_email']],
  );
});

test('whatever bytes are sent, the answer is a report', () => {
  const text = fc.string({
    unit: fc.constantFrom(
      'legal_family_name',
      'birth_date',
      'Roy',
      '2008-03-09',
      ',',
      ';',
      '"',
      '\n',
      '\r',
      '\uFEFF',
      '\u0000',
      'é',
    ),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        text.map((each) => Buffer.from(each)),
        fc.uint8Array({ maxLength: 200 }),
      ),
      (bytes) => {
        const file = readImportFile(bytes, today);
        assert.ok(file.problems.length > 0 || file.students.length > 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('5,000 rows are read in well under a second', () => {
  const row = 'Roy,Zoé,2008-03-09,416-555-0123,zoe@example.com,M0M 0M0,R0000-00010-80309\n';
  const startedAt = performance.now();
  const file = read(
    `legal_family_name,legal_given_names,birth_date,phone,email,postal_code,licence_number\n${row.repeat(5_000)}`,
  );
  assert.equal(file.students.length, 5_000);
  assert.ok(performance.now() - startedAt < 2_000);
});
