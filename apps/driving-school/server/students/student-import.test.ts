import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DateOrder } from '../../contract/student-dates.ts';
import { importBytesMax, importRowsMax } from '../../contract/student-import.ts';
import { EventLoopYielder } from '../platform/event-loop-yielder.ts';
import { sortNameOf } from './student.ts';
import { importTemplate } from './import-columns.ts';
import {
  type FindAlike,
  type ImportPlan,
  type PlanOptions,
  planImport,
  prepareImport,
  reportOf,
} from './import-plan.ts';
import { type ImportFile, readImportFile } from './student-import.ts';

const today = '2026-03-15';
const readBytes = (bytes: Uint8Array): Promise<ImportFile> => readImportFile(bytes, { today });
const read = (text: string, dateOrder: DateOrder = 'ymd'): Promise<ImportFile> =>
  readImportFile(Buffer.from(text, 'utf8'), { today, dateOrder });
const brief = ({ problems }: ImportFile): string[] =>
  problems.listed.map(({ row, field, code }) => `${row} ${field} ${code}`);
const problems = async (text: string): Promise<string[]> => brief(await read(text));
const names = async (text: string): Promise<(string | null)[]> => {
  const file = await read(text);
  assert.deepEqual(file.problems.listed, []);
  return file.students.map(({ fields }) => fields.legal_family_name);
};
const school = {
  instructors: new Map([['ines@example.com', 'ines']]),
  witness: 'Otto Office',
  digest: (licenceNumber: string) => `digest of ${licenceNumber}`,
};
const plan = async (
  file: ImportFile,
  findAlike: FindAlike = async () => [],
  options?: PlanOptions,
): Promise<ImportPlan> => planImport(await prepareImport(file, school), findAlike, options);

test('the template can be imported', async () => {
  const planned = await plan(await read(importTemplate()));
  assert.equal(planned.applicable, true);
  assert.equal(planned.students[0]?.legal_given_names, 'Zoé');
});

test('the byte order marks, line ends and delimiters of all spreadsheets are accepted', async () => {
  assert.deepEqual(await names('\uFEFFlegal_family_name,birth_date\r\nRoy,2008-03-09\r\nCôté,2008-03-10\r\n'), [
    'Roy',
    'Côté',
  ]);
  assert.deepEqual(await names('legal_family_name;birth_date\nRoy;2008-03-09'), ['Roy']);
  assert.deepEqual(await names('legal_family_name\tbirth_date\rRoy\t2008-03-09\r'), ['Roy']);
  assert.deepEqual(await names('Birth Date,LEGAL-FAMILY-NAME\n2008-03-09,Roy'), ['Roy']);
  assert.deepEqual(await names('"legal_family_name","birth_date"\n"Le ""Grand"" Roy","2008-03-09"\n'), [
    'Le "Grand" Roy',
  ]);
});

test('a value may contain commas and line feeds, and rows keep their spreadsheet numbers', async () => {
  const text =
    'legal_family_name,birth_date,notes\r\nRoy,2008-03-09,"one, two\r\nthree"\r\n\r\n,,\r\nCôté,2008-13-09,\r\nMartin,2008-03-09\r\n';
  const file = await read(text);
  assert.equal(file.rows, 3);
  assert.equal(file.students[0]?.fields.notes, 'one, two\nthree');
  assert.deepEqual(
    file.students.map(({ row }) => row),
    [2, 6],
  );
  assert.deepEqual(await problems(text), ['5 birth_date date_exists']);
});

test('every invalid value is reported with row, column, message and value', async () => {
  const { problems: all } = await read(
    'legal_family_name,birth_date,phone,postal_code,instructor_email\nRoy,2008-02-30,555,D1A 1A1,ines\n,2008-03-09,,,\n',
  );
  const found = all.listed;
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

test('a report never repeats a licence number', async () => {
  const file = await read('legal_family_name,birth_date,licence_number\nRoy,2008-03-09,R1234-56780-8030\n');
  const report = reportOf(await plan(file), { dryRun: true, applied: 0 });
  assert.deepEqual([report.problems[0]?.value, report.preview.rows[0]?.values[2]], ['R1234…', 'R1234…']);
  assert.doesNotMatch(JSON.stringify(report), /56780/);
});

test('column names of other programs are accepted, and the preview shows their columns', async () => {
  const {
    students,
    problems: all,
    preview,
  } = await read('Last Name,First name,Date of birth,Téléphone,Code postal\nCôté,Zoé,2008-03-09,416-555-0123,m0m0m0\n');
  assert.deepEqual(all.listed, []);
  assert.deepEqual(students[0]?.fields.legal_family_name, 'Côté');
  assert.deepEqual(preview, {
    columns: [
      { header: 'Last Name', column: 'legal_family_name' },
      { header: 'First name', column: 'legal_given_names' },
      { header: 'Date of birth', column: 'birth_date' },
      { header: 'Téléphone', column: 'phone' },
      { header: 'Code postal', column: 'postal_code' },
    ],
    rows: [{ row: 2, values: ['Côté', 'Zoé', '2008-03-09', '416-555-0123', 'm0m0m0'] }],
  });
});

test('an unknown header is reported with a suggestion', async () => {
  const { problems: all } = await read('Name,DOB,legal_given_name,shoe size,,birth_date\nRoy,2008-03-09,Zoé,9,,x\n');
  assert.deepEqual(
    all.listed.map(({ code, message }) => [code, /Rename it to "(.*)"/.exec(message)?.[1]]),
    [
      ['unknown_column', 'legal_family_name'],
      ['unknown_column', 'legal_given_names'],
      ['unknown_column', undefined],
      ['unknown_column', undefined],
      ['repeated_column', undefined],
    ],
  );
  assert.match(all.listed[4]?.message ?? '', /^Both "DOB" and "birth_date" mean "birth_date"\./);
  assert.ok(all.listed.every(({ row }) => row === 1));
  assert.deepEqual(await problems('legal_given_names\nZoé\n'), [
    '1 legal_family_name missing_column',
    '1 birth_date missing_column',
  ]);
  assert.deepEqual(await problems('legal_family_name,birth_date,birth_date\nRoy,2008-03-09,\n'), [
    '1 birth_date repeated_column',
  ]);
});

test('dates with the year last are read in the chosen order, never guessed', async () => {
  const text = 'legal_family_name,birth_date\nRoy,03/09/2008\nCôté,3-9-2008\nLam,2008-03-09\n';
  const days = async (order: DateOrder) => (await read(text, order)).students.map(({ fields }) => fields.birth_date);
  assert.deepEqual(await days('mdy'), ['2008-03-09', '2008-03-09', '2008-03-09']);
  assert.deepEqual(await days('dmy'), ['2008-09-03', '2008-09-03', '2008-03-09']);
  assert.deepEqual(await problems(text), ['2 birth_date date_order', '3 birth_date date_order']);
});

test('each kind of file that cannot be imported has its own message', async () => {
  const only = async (bytes: Uint8Array): Promise<readonly [string, number, string]> => {
    const { problems: all, rows } = await readBytes(bytes);
    const [problem, ...others] = all.listed;
    assert.deepEqual(others, []);
    return [problem?.code ?? '', rows, problem?.message ?? ''];
  };
  const header = 'legal_family_name,birth_date\n';
  const found = [
    await only(Buffer.from('')),
    await only(Buffer.from('\uFEFF  \n')),
    await only(Buffer.from(header)),
    await only(Buffer.from(`${header}${'Roy,2008-03-09\n'.repeat(importRowsMax + 1)}`)),
    await only(Buffer.alloc(importBytesMax + 1, 'x')),
    await only(Buffer.from('PK\u0003\u0004\u0014\u0000\u0006\u0000', 'latin1')),
    await only(Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1')),
    await only(Buffer.from(`${header}C\xf4t\xe9,2008-03-09`, 'latin1')),
    await only(Buffer.from(`${header}Roy\u0000,2008-03-09`)),
  ];
  assert.deepEqual(
    found.map(([code, rows]) => [code, rows]),
    [
      ['file_empty', 0],
      ['file_empty', 0],
      ['no_rows', 0],
      ['too_many_rows', 5_001],
      ['file_too_large', 0],
      ['file_is_workbook', 0],
      ['file_is_workbook', 0],
      ['file_encoding', 0],
      ['file_encoding', 0],
    ],
  );
  assert.match(found[3]?.[2] ?? '', /^The file has 5,001 rows; at most 5,000 can be imported at once\./);
  assert.match(found[5]?.[2] ?? '', /^This is an Excel workbook, not a CSV file\./);
});

test('UTF-16 is read, with and without a byte order mark', async () => {
  const text = 'legal_family_name\tbirth_date\r\nCôté\t2008-03-09\r\n';
  const files = [
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    Buffer.from(text, 'utf16le'),
    Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    Buffer.from(text, 'utf16le').swap16(),
  ];
  for (const bytes of files) {
    const file = await readBytes(bytes);
    assert.deepEqual([brief(file), file.students[0]?.fields.legal_family_name], [[], 'Côté']);
  }
});

test('errors in the CSV are reported with their row', async () => {
  assert.deepEqual(await problems('legal_family_name,birth_date\n"Roy,2008-03-09\n'), ['2  file_format']);
  assert.deepEqual(await problems('legal_family_name,birth_date\n\nRoy,2008-03-09\nR"o"y,2008-03-09\n'), [
    '4  file_format',
  ]);
  assert.deepEqual(await problems(`legal_family_name,birth_date\nRoy,"${'x'.repeat(20_001)}\n`), ['2  file_format']);
  assert.deepEqual(await problems('legal_family_name,birth_date\nRoy,2008-03-09,x\n'), ['2  too_many_values']);
  assert.deepEqual(await problems(`${'birth_date,'.repeat(101)}\nx\n`), ['1  too_many_columns']);
});

test('duplicates in the file and the school are found; a match by name reveals nothing about the number', async () => {
  const file = await read(
    [
      'legal_family_name,legal_given_names,birth_date,licence_number',
      'Roy,Zoé,2008-03-09,R0000-00010-80309',
      'ROY,Zoe,2008-03-09,',
      'Smith,Ann,2008-03-09,r0000 00010 80309',
      'Côté,Luc,2007-01-01,',
      'Lam,Wei,2007-01-01,L0000-00010-70101',
      'Cote,Luc,2007-01-01,L0000-00010-70101',
    ].join('\n'),
  );
  const cote = {
    id: 'cote',
    licenceDigest: null,
    sortName: sortNameOf({ legal_family_name: 'COTE', legal_given_names: 'Luc' }),
    birthDate: '2007-01-01',
  };
  const lam = { id: 'lam', licenceDigest: 'digest of L0000-00010-70101', sortName: 'another', birthDate: '1990-01-01' };
  const planned = await plan(file, async () => [cote, lam]);
  assert.deepEqual(
    planned.duplicates.map(({ row, by, other_row, student_id }) => [row, by, other_row, student_id]),
    [
      [3, 'name_and_birth_date', 2, null],
      [4, 'licence_number', 2, null],
      [5, 'name_and_birth_date', null, 'cote'],
      [6, 'licence_number', null, 'lam'],
      [7, 'name_and_birth_date', null, 'cote'],
    ],
  );
  assert.deepEqual([planned.applicable, planned.licenceMatches], [false, ['lam']]);
});

test('an instructor is found by e-mail address; an unknown one is a problem with the row', async () => {
  const file = await read(
    'legal_family_name,birth_date,instructor_email,licence_sighted_on\nRoy,2008-03-09,Ines@Example.com,2026-03-01\nCôté,2008-03-09,who@example.com,\n',
  );
  const planned = await plan(file);
  assert.deepEqual(
    [planned.students[0]?.instructor_id, planned.students[0]?.licence_sighted_by],
    ['ines', 'Otto Office'],
  );
  assert.deepEqual(
    planned.problems.listed.map(({ row, field }) => [row, field]),
    [[3, 'instructor_email']],
  );
});

test('rows whose student exists can be skipped, and the report counts all of them', async () => {
  const rows = Array.from(
    { length: 600 },
    (_, index) => `${'abcdefghij'[index % 10]}${'x'.repeat(index / 10)},2008-03-09`,
  );
  const file = await read(`legal_family_name,birth_date\n${rows.join('\n')}\nNew,2008-03-09\n`);
  const findAlike: FindAlike = async (wanted) =>
    wanted
      .filter(({ sortName }) => !sortName.startsWith('new'))
      .map((like) => ({ ...like, id: 'x', licenceDigest: null }));
  const counted = (found: ImportPlan) => {
    const { rows: count, accepted, skipped, duplicates, ...more } = reportOf(found, { dryRun: true, applied: 0 });
    const { duplicate_count, truncated } = more;
    return { count, accepted, skipped, listed: duplicates.length, duplicate_count, truncated };
  };
  const counts = { count: 601, accepted: 1, listed: 500, duplicate_count: 600, truncated: true };

  const stopped = await plan(file, findAlike);
  assert.deepEqual([counted(stopped), stopped.applicable], [{ ...counts, skipped: 0 }, false]);
  const skipping = await plan(file, findAlike, { skipsExisting: true });
  assert.deepEqual([counted(skipping), skipping.applicable], [{ ...counts, skipped: 600 }, true]);
});

/** A clock that advances a millisecond per reading, and the most readings between two iterations of the event loop. */
function steppingYielder(): { readonly yielder: EventLoopYielder; readonly longest: () => number } {
  let now = 0;
  let steps = 0;
  let longest = 0;
  const newTurn = (): void => {
    steps = 0;
    ticker = setImmediate(newTurn);
  };
  let ticker = setImmediate(newTurn);
  const yielder = new EventLoopYielder({
    nowMs: () => {
      now += 1;
      steps += 1;
      longest = Math.max(longest, steps);
      return now;
    },
  });
  return {
    yielder,
    longest: () => {
      clearImmediate(ticker);
      return longest;
    },
  };
}

test('reading any file yields to the event loop after a few rows or 64 kB', async () => {
  const header = 'legal_family_name,legal_given_names,birth_date,licence_number\n';
  const rows = 'Roy,Zoé,2008-03-09,R0000-00010-80309\n';
  const files: readonly (readonly [name: string, text: string, rows: number])[] = [
    ['a row after 2 MB of line feeds', `${header}${'\n'.repeat(importBytesMax - 100)}Roy,,2008-03-09,`, 1],
    ['a million rows', `${header}${'x\n'.repeat(1_000_000)}`, 1_000_000],
    ['95,000 blank rows', `${header}Roy,,2008-03-09,\n${`${','.repeat(20)}\n`.repeat(95_000)}`, 1],
    ['690,000 blank rows in quotation marks', `${header}Roy,,2008-03-09,\n${'""\n'.repeat(690_000)}`, 1],
    ['a row of 2 MB of commas', `${header}x${','.repeat(importBytesMax - 100)}`, 0],
    ['5,000 students', `${header}${rows.repeat(5_000)}`, 5_000],
  ];
  for (const [name, text, expectedRows] of files) {
    const { yielder, longest } = steppingYielder();
    const file = await readImportFile(Buffer.from(text), { today, yielder });
    const planned = await planImport(await prepareImport(file, school, { yielder }), async () => [], { yielder });
    assert.equal(planned.file.rows, expectedRows, name);
    // Work yields at every eighth reading of the clock, which the parser, its source and its reader read separately.
    assert.ok(longest() <= 32, `${name}: ${longest()} steps without a turn of the event loop`);
  }
});

test('aborting the request stops the reading', async () => {
  const reader = new AbortController();
  reader.abort(new Error('left'));
  const file = Buffer.from(`legal_family_name,birth_date\n${'Roy,2008-03-09\n'.repeat(5_000)}`);
  const yielder = new EventLoopYielder({ sliceMs: 0 });
  await assert.rejects(readImportFile(file, { today, yielder, signal: reader.signal }), { message: 'left' });
});

test('any bytes result in a report', async () => {
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
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        text.map((each) => Buffer.from(each)),
        fc.uint8Array({ maxLength: 200 }),
      ),
      async (bytes) => {
        const file = await readBytes(bytes);
        assert.ok(file.problems.count > 0 || file.students.length > 0);
      },
    ),
    { numRuns: 500 },
  );
});
