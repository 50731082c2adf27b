import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHours } from '../../contract/instructor-hours.ts';
import { clockText } from '../../contract/local-time.ts';
import { emptyWeek, hoursOfWeeks, problemsOfWeeks, readClock, tidyDay, weeksOf } from './week-hours.ts';

test('a time is read as people type it', () => {
  const times = {
    '9': '09:00',
    '09': '09:00',
    '9:30': '09:30',
    '930': '09:30',
    '1730': '17:30',
    '5pm': '17:00',
    '5:15 p.m.': '17:15',
    '12am': '00:00',
    '12 pm': '12:00',
    '17h': '17:00',
    '17h30': '17:30',
    noon: '12:00',
    '24:00': '24:00',
    '0': '00:00',
  };
  for (const [text, expected] of Object.entries(times)) assert.equal(clockText(readClock(text) ?? -1), expected, text);
  for (const text of ['', '25', '9:7', '13pm', 'nine', '24:01', '99', '9-5'])
    assert.equal(readClock(text), undefined, text);
});

test('a day is read with its breaks, and an end before the beginning is in the afternoon', () => {
  assert.equal(tidyDay('9-17'), '09:00–17:00');
  assert.equal(tidyDay('9-5'), '09:00–17:00');
  assert.equal(tidyDay('8:30 to noon and 1pm – 5:30pm'), '08:30–12:00, 13:00–17:30');
  assert.equal(tidyDay('9-12,13-24'), '09:00–12:00, 13:00–24:00');
  assert.equal(tidyDay('off'), '');
  assert.equal(tidyDay(' '), '');
  for (const text of ['9', '9-10-11', '17-5am', '9-12, 11-13', 'morning', '22-14'])
    assert.equal(tidyDay(text), text, text);
});

test('stored hours fill the form and come back from it unchanged', () => {
  const open = { valid_from: null, valid_to: '2026-06-30' };
  const summer = { valid_from: '2026-07-01', valid_to: '2026-08-31' };
  const hours = [
    { weekday: 1, from: '09:00', to: '12:00', ...open },
    { weekday: 1, from: '13:00', to: '17:00', ...open },
    { weekday: 7, from: '10:00', to: '24:00', ...open },
    { weekday: 6, from: '08:00', to: '20:00', ...summer },
  ];
  const weeks = weeksOf(hours);
  assert.deepEqual(
    weeks.map(({ days }) => days.filter((day) => day !== '')),
    [['09:00–12:00, 13:00–17:00', '10:00–24:00'], ['08:00–20:00']],
  );
  assert.deepEqual(hoursOfWeeks(weeks).hours, hours);
  assert.deepEqual(weeksOf([]), [emptyWeek]);
});

test('problems are shown at the day that they were typed into', () => {
  const week = { ...emptyWeek, days: ['9-12, 13-17', '', 'x', '', '', '', ''] };
  assert.deepEqual(Object.keys(hoursOfWeeks([week]).problems), ['0/2']);
  const other = {
    ...emptyWeek,
    validFrom: '2026-07-01',
    validTo: '2026-06-01',
    days: ['16-18', '', '', '', '', '', ''],
  };
  const { hours, sources } = hoursOfWeeks([{ ...week, days: week.days.with(2, '') }, other]);
  const parsed = parseHours({ hours });
  assert.deepEqual(parsed.ok ? {} : Object.keys(problemsOfWeeks(parsed.problems, sources)), ['1/to']);
  const overlapping = hoursOfWeeks([
    { ...week, days: week.days.with(2, '') },
    { ...other, validTo: '' },
  ]);
  const refused = parseHours({ hours: overlapping.hours });
  assert.deepEqual(refused.ok ? {} : Object.keys(problemsOfWeeks(refused.problems, overlapping.sources)), ['1/0']);
});
