import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addDays,
  addYears,
  ageInYears,
  daysInMonth,
  formatPhone,
  isOntarioPostalCode,
  type Parsed,
  parseCalendarDay,
  parseEmail,
  parseId,
  parseLine,
  parseName,
  parsePhone,
  parsePostalCode,
  parseText,
} from './parsers.ts';
import { looksLikeLicenceNumber, maskLicenceNumber, parseLicenceNumber } from './licence-number.ts';

const value = <T>(parsed: Parsed<T>): T | string => (parsed.ok ? parsed.value : parsed.code);

test('a phone number is parsed in every usual spelling', () => {
  for (const [text, number, extension = null] of [
    ['416-555-0123', '+14165550123'],
    ['4165550123', '+14165550123'],
    ['(416) 555-0123', '+14165550123'],
    ['416.555.0123', '+14165550123'],
    ['  416 555 0123  ', '+14165550123'],
    ['1-416-555-0123', '+14165550123'],
    ['+1 (416) 555-0123', '+14165550123'],
    ['+14165550123', '+14165550123'],
    ['416\u00A0555\u201101\u201323', '+14165550123'],
    ['416-555-0123 ext. 12', '+14165550123', '12'],
    ['416-555-0123 x7', '+14165550123', '7'],
    ['416-555-0123, poste 4021', '+14165550123', '4021'],
    ['416-555-0123 Extension: 123456', '+14165550123', '123456'],
    ['416-555-0123#5', '+14165550123', '5'],
    ['\uFF14\uFF11\uFF16-555-0123', '+14165550123'],
  ] as const) {
    assert.deepEqual(parsePhone(text), { ok: true, value: { number, extension } }, text);
  }
});

test('each problem with a phone number has its own code', () => {
  for (const [text, code] of [
    ['555-0123', 'phone_length'],
    ['', 'phone_length'],
    ['416-555-012', 'phone_length'],
    ['416-555-01234', 'phone_length'],
    ['2-416-555-0123', 'phone_length'],
    ['116-555-0123', 'phone_area_code'],
    ['016-555-0123', 'phone_area_code'],
    ['911-555-0123', 'phone_area_code'],
    ['416-155-0123', 'phone_exchange'],
    ['416-055-0123', 'phone_exchange'],
    ['416-411-0123', 'phone_exchange'],
    ['+44 20 7946 0018', 'phone_country'],
    ['416-CALL-NOW', 'phone_characters'],
    ['416-555-0123 ext. 1234567', 'phone_characters'],
    ['call me', 'phone_characters'],
    ['416-555-0123; 647-555-0123', 'phone_characters'],
  ] as const) {
    assert.equal(value(parsePhone(text)), code, text);
  }
});

test('a formatted phone number parses back to itself', () => {
  assert.equal(formatPhone('+14165550123', '12'), '416-555-0123 ext. 12');
  assert.equal(formatPhone('+14165550123', null), '416-555-0123');
  assert.deepEqual(parsePhone('416-555-0123 ext. 12'), {
    ok: true,
    value: { number: '+14165550123', extension: '12' },
  });
});

test('a postal code is parsed into upper case with one space', () => {
  for (const [text, code] of [
    ['k1a0b1', 'K1A 0B1'],
    ['K1A-0B1', 'K1A 0B1'],
    [' m0m \u00A00m0 ', 'M0M 0M0'],
    ['H0H 0H0', 'H0H 0H0'],
    ['x0a 0z9', 'X0A 0Z9'],
  ] as const) {
    assert.equal(value(parsePostalCode(text)), code, text);
  }
});

test('an impossible postal code is refused', () => {
  for (const [text, code] of [
    ['', 'postal_code_format'],
    ['K1A 0B', 'postal_code_format'],
    ['K1A 0B12', 'postal_code_format'],
    ['90210', 'postal_code_format'],
    ['KIA 0B1', 'postal_code_format'],
    ['D1A 0B1', 'postal_code_letter'],
    ['W1A 0B1', 'postal_code_letter'],
    ['Z1A 0B1', 'postal_code_letter'],
    ['K1O 0B1', 'postal_code_letter'],
    ['K1A 0U1', 'postal_code_letter'],
  ] as const) {
    assert.equal(value(parsePostalCode(text)), code, text);
  }
});

test('Ontario’s postal codes start with K, L, M, N and P', () => {
  const first = 'ABCEGHJKLMNPRSTVXY'.split('').filter((letter) => isOntarioPostalCode(`${letter}1A 1A1`));
  assert.equal(first.join(''), 'KLMNP');
});

test('a licence number is parsed into upper case with two hyphens', () => {
  for (const text of ['A1234-56789-10115', 'a12345678910115', 'A1234 56789 10115', ' a1234\u201356789\u201310115 ']) {
    assert.equal(value(parseLicenceNumber(text)), 'A1234-56789-10115', text);
  }
});

test('an invalid licence number is refused without being repeated', () => {
  for (const text of [
    '',
    'B1234',
    '1B234-56789-10115',
    'B1234-56789-1011',
    'B1234-56789-101150',
    'É1234-56789-10115',
    'B1234_56789_10115',
  ]) {
    const parsed = parseLicenceNumber(text);
    assert.ok(!parsed.ok, text);
    assert.ok(text === '' || !parsed.message.includes(text), text);
    assert.equal(looksLikeLicenceNumber(text), false);
  }
  assert.equal(looksLikeLicenceNumber('a1234 56789 10115'), true);
});

test('the mask of a licence number hides the birth date', () => {
  assert.equal(maskLicenceNumber('S1234-56789-10115'), 'S1234-*****-*****');
});

test('a calendar day is accepted if it exists', () => {
  for (const text of [
    '2008-03-09',
    '2024-02-29',
    '2000-02-29',
    '1900-01-01',
    '2199-12-31',
    ' 2008-03-09 ',
    '2008\u201303\u201309',
  ]) {
    assert.equal(value(parseCalendarDay(text)), text.trim().replaceAll('\u2013', '-'), text);
  }
  for (const [text, code] of [
    ['2023-02-29', 'date_exists'],
    ['1900-02-29', 'date_exists'],
    ['2008-13-09', 'date_exists'],
    ['2008-00-09', 'date_exists'],
    ['2008-04-31', 'date_exists'],
    ['2008-04-00', 'date_exists'],
    ['1899-12-31', 'date_range'],
    ['2200-01-01', 'date_range'],
    ['09/03/2008', 'date_format'],
    ['2008-3-9', 'date_format'],
    ['2008-03-09T00:00:00Z', 'date_format'],
    ['', 'date_format'],
  ] as const) {
    assert.equal(value(parseCalendarDay(text)), code, text);
  }
});

test('days from 1900 to 2199 are accepted if and only if they exist', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1900, max: 2199 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 31 }),
      (year, month, day) => {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const model = new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1;
        assert.equal(parseCalendarDay(text).ok, model);
        assert.equal(day <= daysInMonth(year, month), model);
      },
    ),
  );
});

test('age increases on the birthday; on 1 March for a person born on 29 February', () => {
  assert.equal(ageInYears('2008-03-09', '2026-03-08'), 17);
  assert.equal(ageInYears('2008-03-09', '2026-03-09'), 18);
  assert.equal(ageInYears('2008-02-29', '2026-02-28'), 17);
  assert.equal(ageInYears('2008-02-29', '2026-03-01'), 18);
  assert.equal(ageInYears('2008-02-29', '2028-02-29'), 20);
  assert.equal(ageInYears('2026-03-09', '2026-03-09'), 0);
});

test('days and years are added by the calendar, across clock changes and leap days', () => {
  assert.equal(addDays('2026-03-07', 1), '2026-03-08');
  assert.equal(addDays('2026-03-08', 1), '2026-03-09');
  assert.equal(addDays('2026-11-01', 1), '2026-11-02');
  assert.equal(addDays('2026-01-01', -1), '2025-12-31');
  assert.equal(addYears('2024-02-29', 1), '2025-02-28');
  assert.equal(addYears('2026-07-15', -17), '2009-07-15');
});

test('an e-mail address keeps its mailbox; its domain becomes lower case', () => {
  for (const [text, address] of [
    ['zoe@example.com', 'zoe@example.com'],
    [' Zoe.Roy+bde@Example.COM ', 'Zoe.Roy+bde@example.com'],
    ["o'neil_99@mail.example.co", "o'neil_99@mail.example.co"],
    ['zoé@exämple.com', 'zoé@exämple.com'],
    ['a@xn--exmple-cua.com', 'a@xn--exmple-cua.com'],
  ] as const) {
    assert.equal(value(parseEmail(text)), address, text);
  }
});

test('each problem with an e-mail address has its own code', () => {
  for (const [text, code] of [
    ['', 'email_format'],
    ['zoe', 'email_format'],
    ['@example.com', 'email_format'],
    ['zoe@', 'email_format'],
    ['a@b@example.com', 'email_format'],
    ['zoe roy@example.com', 'email_format'],
    ['.zoe@example.com', 'email_format'],
    ['zoe..roy@example.com', 'email_format'],
    ['zoe@example', 'email_domain'],
    ['zoe@example.', 'email_domain'],
    ['zoe@.com', 'email_domain'],
    ['zoe@-example.com', 'email_domain'],
    ['zoe@exam_ple.com', 'email_domain'],
    ['zoe@10.0.0.1', 'email_domain'],
    ['zoe@example.c', 'email_domain'],
    [`${'z'.repeat(65)}@example.com`, 'email_length'],
    [`zoe@${'example.'.repeat(40)}com`, 'email_length'],
  ] as const) {
    assert.equal(value(parseEmail(text)), code, text);
  }
});

test('parsing hostile text takes linear time', () => {
  const parse = (length: number): void => {
    parseEmail(`${'a.'.repeat(length)}@${'a-'.repeat(length)}`);
    parsePhone(`${'1 '.repeat(length)}x`);
    parsePhone(`${', '.repeat(length)}!`);
  };
  // For four times the length, a linear pattern takes 4 times as long, a quadratic one 16 times.
  assert.ok(growth(parse, 25_000) < 8);
});

/** The ratio of the CPU times for four times the work and for the work. */
function growth(work: (size: number) => void, size: number): number {
  const cost = (of: number): number => {
    const costs = Array.from({ length: 5 }, () => {
      const before = process.cpuUsage();
      work(of);
      return process.cpuUsage(before).user;
    });
    return Math.max(Math.min(...costs), 1_000);
  };
  return cost(4 * size) / cost(size);
}

test('names in all scripts are accepted, composed, with single spaces', () => {
  for (const [text, name] of [
    ['  Marie-Ève  ', 'Marie-Ève'],
    ['Marie-E\u0300ve', 'Marie-Ève'],
    ["D'Angelo  O’Neil", "D'Angelo O’Neil"],
    ['毛', '毛'],
    ['Nguyễn Thị Ánh', 'Nguyễn Thị Ánh'],
    ['می\u200Cخواهم', 'می\u200Cخواهم'],
    ['John Smith 3rd', 'John Smith 3rd'],
    ['X', 'X'],
  ] as const) {
    assert.equal(value(parseName(text)), name, text);
  }
});

test('text without a letter is refused as a name', () => {
  for (const [text, code] of [
    ['123', 'name_letters'],
    ['-', 'name_letters'],
    ['Zoe\u0000', 'hidden_characters'],
    ['Zoe\u202Eyor', 'hidden_characters'],
    ['Zoe\uD800', 'hidden_characters'],
    ['z'.repeat(101), 'too_long'],
  ] as const) {
    assert.equal(value(parseName(text)), code, text);
  }
  assert.equal(parseName('𐐀'.repeat(100)).ok, true);
});

test('text keeps its line breaks, a line does not', () => {
  assert.equal(value(parseText(' one\r\ntwo\rthree\t! ', 100)), 'one\ntwo\nthree\t!');
  assert.equal(value(parseLine('12 Elm St\nUnit 4', 100)), '12 Elm St Unit 4');
  assert.equal(value(parseText('x'.repeat(11), 10)), 'too_long');
});

test('an identifier is a UUID in lower case', () => {
  assert.equal(value(parseId('018F0000-0000-7000-8000-00000000000A')), '018f0000-0000-7000-8000-00000000000a');
  assert.equal(value(parseId("1' or '1'='1")), 'id_format');
});

test('every parser is idempotent and never throws, whatever the text', () => {
  const parsers: ((text: string) => Parsed<string>)[] = [
    parsePostalCode,
    parseCalendarDay,
    parseEmail,
    parseName,
    parseId,
    (text) => parseText(text, 50),
    (text) => {
      const parsed = parsePhone(text);
      return parsed.ok ? { ok: true, value: formatPhone(parsed.value.number, parsed.value.extension) } : parsed;
    },
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('416-5550123+() x.A@é\u0301 ')) }),
    fc.stringMatching(/^[A-Z]\d[A-Z][ -]?\d[A-Z]\d$/),
    fc.stringMatching(/^[a-z]\d{4}[ -]?\d{5}[ -]?\d{5}$/),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(...parsers), (typed, parse) => {
      const first = parse(typed);
      if (first.ok) assert.deepEqual(parse(first.value), first);
      else assert.ok(first.message.endsWith('.'));
    }),
    { numRuns: 2_000 },
  );
});

test('days do not depend on the time zone of the machine', () => {
  const script = `
    import { addDays, addYears, ageInYears, parseCalendarDay } from ${JSON.stringify(new URL('./parsers.ts', import.meta.url).href)};
    process.stdout.write(JSON.stringify([
      parseCalendarDay('2008-03-09'), addDays('2026-03-07', 2), addDays('2011-12-29', 1), addDays('2026-10-31', 2), addYears('2008-03-09', 18),
      ageInYears('2008-03-09', '2026-03-09'),
    ]));`;
  const answers = ['UTC', 'Pacific/Apia', 'America/Toronto', 'Pacific/Kiritimati'].map((TZ) => {
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
    assert.equal(child.status, 0, child.stderr);
    return child.stdout;
  });
  assert.equal(answers[0], '[{"ok":true,"value":"2008-03-09"},"2026-03-09","2011-12-30","2026-11-02","2026-03-09",18]');
  assert.deepEqual([...new Set(answers)], [answers[0]]);
});
