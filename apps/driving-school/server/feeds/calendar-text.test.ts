import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { discreetName } from '../students/student-names.ts';
import { type CalendarLesson, calendarText } from './calendar-text.ts';
import { parseCalendar } from './testing/parse-calendar.ts';

const lesson = (fields: Partial<CalendarLesson> = {}): CalendarLesson => ({
  id: '0195a0e0-0000-7000-8000-000000000001',
  short_code: 'L-7K3F',
  student: 'Zoé T.',
  type: 'bde_in_vehicle',
  cancelled: false,
  starts_at: new Date('2026-03-09T13:00:00Z'),
  ends_at: new Date('2026-03-09T14:00:00Z'),
  place: '12 Main Street',
  vehicle: 'CABC 123 (Corolla, red)',
  ics_sequence: 3,
  updated_at: new Date('2026-03-01T12:00:00Z'),
  ...fields,
});

test('a lesson is an event with its own stamp, all times in UTC', () => {
  const text = calendarText('Driving lessons (Ines)', [lesson()]);

  const { properties, events } = parseCalendar(text);
  assert.equal(properties['X-WR-CALNAME'], 'Driving lessons (Ines)');
  assert.deepEqual(events, [
    {
      UID: '0195a0e0-0000-7000-8000-000000000001@lessons.driving-school',
      SEQUENCE: '3',
      DTSTAMP: '20260301T120000Z',
      DTSTART: '20260309T130000Z',
      DTEND: '20260309T140000Z',
      SUMMARY: 'Zoé T., in-car lesson',
      TRANSP: 'OPAQUE',
      LOCATION: '12 Main Street',
      DESCRIPTION: 'L-7K3F\nCar: CABC 123 (Corolla, red)',
      STATUS: 'CONFIRMED',
      'LAST-MODIFIED': '20260301T120000Z',
      CLASS: 'PRIVATE',
    },
  ]);
});

test('a cancelled lesson stays, says so also in its title, and blocks no time', () => {
  const { events } = parseCalendar(calendarText('Lessons', [lesson({ cancelled: true })]));

  assert.deepEqual(
    [events[0]?.['STATUS'], events[0]?.['TRANSP'], events[0]?.['SUMMARY']],
    ['CANCELLED', 'TRANSPARENT', 'Cancelled: Zoé T., in-car lesson'],
  );
});

test('telephone numbers, e-mail addresses and licence numbers in a pickup are removed', () => {
  const place = 'Main St, call 416-555-0123 or +1 (416) 555-0123, zoe@example.ca, T1234-56789-01234';

  const { events } = parseCalendar(calendarText('Lessons', [lesson({ place })]));

  assert.equal(events[0]?.['LOCATION'], 'Main St, call [phone] or [phone], [e-mail], [licence]');
});

test('an empty calendar is a complete file', () => {
  const text = calendarText('Lessons', []);

  assert.match(text, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n[^]*END:VCALENDAR\r\n$/);
  assert.deepEqual(parseCalendar(text).events, []);
});

/** Text as people write it, and as nobody should: Vietnamese, emoji with joiners, separators, line breaks. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'Nguyễn Thị Ngọc Ánh',
        'Đặng',
        '👩🏽‍🚀',
        '🇻🇳',
        ',',
        ';',
        '\\',
        ':',
        '"',
        '\n',
        '\r\n',
        ' ',
        'ä',
        'x'.repeat(80),
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
  // Other control characters can't be stored: the parsers of fields refuse them.
  // oxlint-disable-next-line no-control-regex -- those are the ones to remove
  .map((text) => text.replaceAll(/[\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F]|\r(?!\n)/g, ''))
  .map((text) => `A ${text}`);

test('every line has at most 75 bytes, and the file reads back as it was', () => {
  fc.assert(
    fc.property(anyText, anyText, anyText, anyText, (name, student, place, vehicle) => {
      const text = calendarText(name, [lesson({ student, place, vehicle })]);

      assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/, 'only CRLF ends a line');
      for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line);
      // Folding must not cut a character in two.
      assert.ok(text.isWellFormed());
      const { properties, events } = parseCalendar(text);
      const plain = (value: string): string => value.replaceAll('\r\n', '\n');
      assert.equal(properties['X-WR-CALNAME'], name.replaceAll(/\s+/g, ' '));
      assert.equal(events[0]?.['SUMMARY'], plain(`${student}, in-car lesson`));
      assert.equal(events[0]?.['DESCRIPTION'], plain(`L-7K3F\nCar: ${vehicle}`));
    }),
    { numRuns: 300 },
  );
});

test('the same lessons give the same bytes, whatever the time and the zone of the machine', () => {
  const zone = process.env['TZ'];
  try {
    process.env['TZ'] = 'Pacific/Apia';
    const there = calendarText('Lessons', [lesson()]);
    process.env['TZ'] = 'America/Toronto';
    assert.equal(calendarText('Lessons', [lesson()]), there);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('a student is named by first name and initial, in any script; a single name is kept', () => {
  const names = (legal_given_names: string | null, legal_family_name: string, preferred_name: string | null = null) =>
    discreetName({ legal_given_names, legal_family_name, preferred_name });

  assert.equal(names('Zoé Marie', 'Tremblay'), 'Zoé T.');
  assert.equal(names('Zoé Marie', 'Tremblay', 'Zo'), 'Zo T.');
  assert.equal(names('Thị Ngọc', 'đặng'), 'Thị Đ.');
  assert.equal(names('Иван', 'Ёлкин'), 'Иван Ё.');
  assert.equal(names(null, 'Suharto'), 'Suharto');
});
