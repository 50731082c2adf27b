import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clockText,
  dayBounds,
  localStart,
  localTime,
  parseClock,
  parseTime,
  wallMinute,
  weekdayOf,
} from './local-time.ts';

const toronto = 'America/Toronto';
const kenora = 'America/Winnipeg';
const atikokan = 'America/Atikokan';
const at = (text: string, zone: string): string => {
  const parsed = parseTime(text, zone);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return new Date(parsed.epochMs).toISOString();
};
const hour = 60 * 60_000;

test('a wall time is that of the location', () => {
  assert.equal(at('2026-03-09T09:00', toronto), '2026-03-09T13:00:00.000Z');
  assert.equal(at('2026-03-09T09:00', kenora), '2026-03-09T14:00:00.000Z', 'one hour after Toronto');
  assert.equal(at('2026-03-09T09:00', atikokan), '2026-03-09T14:00:00.000Z', 'one hour after Toronto in summer');
  assert.equal(at('2026-01-12T09:00', atikokan), at('2026-01-12T09:00', toronto), 'the same in winter');
});

test('a time with an offset is that instant, whatever the location', () => {
  for (const zone of [toronto, kenora, atikokan]) {
    assert.equal(at('2026-03-09T09:00-04:00', zone), '2026-03-09T13:00:00.000Z');
    assert.equal(at('2026-03-09T13:00:00Z', zone), '2026-03-09T13:00:00.000Z');
    assert.equal(at('2026-11-01T01:30:00-05:00', zone), '2026-11-01T06:30:00.000Z');
  }
});

test('the skipped hour does not exist: from 02:00 to 02:59 where clocks change, nowhere in Atikokan', () => {
  for (const [zone, offset] of [
    [toronto, '-04:00'],
    [kenora, '-05:00'],
  ] as const) {
    assert.ok(parseTime('2026-03-08T01:59', zone).ok);
    for (const minute of ['00', '30', '59']) {
      assert.deepEqual(parseTime(`2026-03-08T02:${minute}`, zone), {
        ok: false,
        code: 'time_does_not_exist',
        nearest: `2026-03-08T03:00:00${offset}`,
      });
    }
    assert.ok(parseTime('2026-03-08T03:00', zone).ok);
  }
  assert.ok(parseTime('2026-03-08T02:30', atikokan).ok);
});

test('the repeated hour needs a choice: from 01:00 to 01:59', () => {
  assert.deepEqual(parseTime('2026-11-01T01:30', toronto), {
    ok: false,
    code: 'time_ambiguous',
    choices: ['2026-11-01T01:30:00-04:00', '2026-11-01T01:30:00-05:00'],
  });
  assert.deepEqual(parseTime('2026-11-01T01:00', kenora), {
    ok: false,
    code: 'time_ambiguous',
    choices: ['2026-11-01T01:00:00-05:00', '2026-11-01T01:00:00-06:00'],
  });
  for (const [time, zone] of [
    ['2026-11-01T00:59', toronto],
    ['2026-11-01T02:00', toronto],
    ['2026-11-01T01:30', atikokan],
  ] as const) {
    assert.ok(parseTime(time, zone).ok, `${time} ${zone}`);
  }
  const [first, second] = ['-04:00', '-05:00'].map((offset) => parseTime(`2026-11-01T01:30:00${offset}`, toronto));
  assert.ok(first?.ok === true && second?.ok === true && second.epochMs - first.epochMs === hour);
});

test('each clock-change day until 2030 is 23 or 25 hours long where clocks change', () => {
  const changes = ['2026-03-08', '2026-11-01', '2027-03-14', '2027-11-07', '2028-03-12', '2028-11-05'];
  for (const day of [...changes, '2029-03-11', '2029-11-04', '2030-03-10', '2030-11-03']) {
    const hours = (zone: string): number => {
      const { from, to } = dayBounds(day, zone);
      return (to - from) / hour;
    };
    const expected = day.slice(5, 7) === '03' ? 23 : 25;
    assert.deepEqual([hours(toronto), hours(kenora), hours(atikokan)], [expected, expected, 24], day);
  }
});

test('text that is not a time in whole minutes is refused', () => {
  for (const text of [
    '',
    '2026-03-09',
    '2026-03-09T9:00',
    '2026-03-09 09:00',
    '2026-03-09T09:00:30',
    '2026-03-09T09:00:00.001',
    '2026-02-29T09:00',
    '2026-03-09T24:00',
    '2026-03-09T09:60',
    '2026-03-09T09:00+24:00',
    '2026-03-09T09:00[America/Toronto]',
    '2026-03-09T09:00Z ',
    '٢٠٢٦-03-09T09:00',
  ]) {
    assert.deepEqual(parseTime(text, toronto), { ok: false, code: 'time_format' }, text);
  }
});

test('outside gaps and overlaps, wall time and instant convert back and forth', () => {
  for (const zone of [toronto, kenora, atikokan]) {
    for (const day of ['2026-03-07', '2026-03-08', '2026-03-09', '2026-10-31', '2026-11-01', '2026-11-02']) {
      const { from, to } = dayBounds(day, zone);
      for (let instant = from; instant < to; instant += 15 * 60_000) {
        const wall = localStart(instant, zone);
        assert.equal(wall.slice(0, 10), day);
        const parsed = parseTime(wall, zone);
        if (parsed.ok) assert.equal(parsed.epochMs, instant, wall);
        else assert.equal(parsed.code, 'time_ambiguous', wall);
        const { minute, weekday, day: localDay } = localTime(instant, zone);
        assert.deepEqual([localDay, clockText(minute), weekday], [day, wall.slice(11), weekdayOf(day)]);
      }
    }
  }
});

test('a weekly time keeps its wall time over both clock changes', () => {
  assert.equal(at('2026-10-26T09:00', toronto), '2026-10-26T13:00:00.000Z');
  assert.equal(at('2026-11-02T09:00', toronto), '2026-11-02T14:00:00.000Z');
  assert.equal(at('2026-03-02T09:00', toronto), '2026-03-02T14:00:00.000Z');
  assert.equal(at('2026-03-09T09:00', toronto), '2026-03-09T13:00:00.000Z');
  assert.equal(localTime(Date.parse('2026-03-16T00:30:00Z'), toronto).day, '2026-03-15', 'not the UTC day');
});

test('a minute of the wall clock resolves on its day; 1440 is the next midnight', () => {
  const instant = (minute: number, day = '2026-03-08'): string => {
    const time = wallMinute(day, minute, toronto);
    assert.ok(time.ok);
    return new Date(time.epochMs).toISOString();
  };
  assert.equal(instant(0), '2026-03-08T05:00:00.000Z');
  assert.equal(instant(540), '2026-03-08T13:00:00.000Z');
  assert.equal(instant(1_440), '2026-03-09T04:00:00.000Z');
  assert.equal(wallMinute('2026-03-08', 150, toronto).ok, false);
});

test('times of day are read from 00:00 to 24:00', () => {
  assert.deepEqual(['00:00', '09:05', '23:59', '24:00'].map(parseClock), [0, 545, 1_439, 1_440]);
  assert.deepEqual(['24:01', '9:00', '12:60', '12', '-1:00'].map(parseClock), Array(5).fill(undefined));
  assert.deepEqual([0, 545, 1_440].map(clockText), ['00:00', '09:05', '24:00']);
});

test('nothing depends on the time zone of the machine', { skip: process.env['LOCAL_TIME_CHILD'] !== undefined }, () => {
  for (const TZ of ['UTC', 'Asia/Kathmandu', 'Pacific/Apia']) {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    execFileSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', '--test', fileURLToPath(import.meta.url)],
      { env: { ...environment, TZ, LOCAL_TIME_CHILD: 'yes' }, stdio: 'pipe' },
    );
  }
});

test('the wall time of every instant is that of its zone, also around the changes of the clock', () => {
  const changes = ['2026-03-08T07:00Z', '2026-03-08T08:00Z', '2026-11-01T06:00Z', '2026-11-01T07:00Z'];
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -7_200_000, max: 7_200_000 }))
    .map(([change, ms]) => Date.parse(change) + ms);
  const anywhere = fc.integer({ min: Date.parse('1960-01-01'), max: Date.parse('2080-01-01') });
  const zones = fc.constantFrom('America/Toronto', 'America/Winnipeg', 'America/Atikokan', 'UTC');
  fc.assert(
    fc.property(fc.oneof(near, anywhere), zones, (epochMs, zone) => {
      const time = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone);
      assert.deepEqual(localTime(epochMs, zone), {
        day: time.toPlainDate().toString(),
        minute: time.hour * 60 + time.minute,
        weekday: time.dayOfWeek,
      });
      assert.equal(localStart(epochMs, zone), time.toPlainDateTime().toString({ smallestUnit: 'minute' }));
    }),
    { numRuns: 2_000 },
  );
});
