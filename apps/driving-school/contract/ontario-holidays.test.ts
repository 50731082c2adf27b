import assert from 'node:assert/strict';
import { test } from 'node:test';
import { easterSunday, holidayYearMax, holidayYearMin, ontarioHolidays } from './ontario-holidays.ts';

/** Family Day, Good Friday, Victoria Day, Labour Day and Thanksgiving of each year, from printed calendars. */
const movable: Readonly<Record<number, readonly [string, string, string, string, string]>> = {
  2008: ['02-18', '03-21', '05-19', '09-01', '10-13'],
  2011: ['02-21', '04-22', '05-23', '09-05', '10-10'],
  2016: ['02-15', '03-25', '05-23', '09-05', '10-10'],
  2019: ['02-18', '04-19', '05-20', '09-02', '10-14'],
  2020: ['02-17', '04-10', '05-18', '09-07', '10-12'],
  2021: ['02-15', '04-02', '05-24', '09-06', '10-11'],
  2022: ['02-21', '04-15', '05-23', '09-05', '10-10'],
  2023: ['02-20', '04-07', '05-22', '09-04', '10-09'],
  2024: ['02-19', '03-29', '05-20', '09-02', '10-14'],
  2025: ['02-17', '04-18', '05-19', '09-01', '10-13'],
  2026: ['02-16', '04-03', '05-18', '09-07', '10-12'],
  2027: ['02-15', '03-26', '05-24', '09-06', '10-11'],
  2028: ['02-21', '04-14', '05-22', '09-04', '10-09'],
  2029: ['02-19', '03-30', '05-21', '09-03', '10-08'],
  2030: ['02-18', '04-19', '05-20', '09-02', '10-14'],
};

test('Ontario has nine public holidays a year, on the days of the printed calendars', () => {
  for (const [year, [family, friday, victoria, labour, thanksgiving]] of Object.entries(movable)) {
    assert.deepEqual(
      ontarioHolidays(Number(year)).map(({ day, name }) => `${day} ${name}`),
      [
        `${year}-01-01 New Year’s Day`,
        `${year}-${family} Family Day`,
        `${year}-${friday} Good Friday`,
        `${year}-${victoria} Victoria Day`,
        `${year}-07-01 Canada Day`,
        `${year}-${labour} Labour Day`,
        `${year}-${thanksgiving} Thanksgiving`,
        `${year}-12-25 Christmas Day`,
        `${year}-12-26 Boxing Day`,
      ],
    );
  }
});

test('Easter agrees with the calendar of the church, by its own rule', () => {
  for (let year = 1583; year <= 2500; year += 1) assert.equal(easterSunday(year), easterByRule(year), String(year));
});

test('every holiday is on its weekday and in its week of the month, in order, in every year', () => {
  const weekday = (day: string): number => Temporal.PlainDate.from(day).dayOfWeek;
  const between = (day: string | undefined, from: string, to: string): boolean =>
    day !== undefined && day.slice(5) >= from && day.slice(5) <= to;
  for (let year = holidayYearMin; year <= holidayYearMax; year += 1) {
    const holidays = ontarioHolidays(year);
    const days = holidays.map(({ day }) => day);
    assert.equal(new Set(days).size, 9);
    assert.deepEqual(days, days.toSorted());
    const [, family, friday, victoria, , labour, thanksgiving] = days;
    assert.deepEqual(
      [family, friday, victoria, labour, thanksgiving].map((day) => weekday(day ?? '')),
      [1, 5, 1, 1, 1],
    );
    assert.ok(between(family, '02-15', '02-21') && between(friday, '03-20', '04-23'), String(year));
    assert.ok(between(victoria, '05-18', '05-24'), `the Monday before May 25, ${year}: ${victoria}`);
    assert.ok(between(labour, '09-01', '09-07') && between(thanksgiving, '10-08', '10-14'), String(year));
  }
});

/** The Sunday after the first ecclesiastical full moon on or after 21 March, as Clavius' tables give it. */
function easterByRule(year: number): string {
  const golden = (year % 19) + 1;
  const century = Math.floor(year / 100) + 1;
  const skippedLeapDays = Math.floor((3 * century) / 4) - 12;
  const moonCorrection = Math.floor((8 * century + 5) / 25) - 5;
  let epact = (((11 * golden + 20 + moonCorrection - skippedLeapDays) % 30) + 30) % 30;
  if ((epact === 25 && golden > 11) || epact === 24) epact += 1;
  let fullMoon = Temporal.PlainDate.from({ year, month: 3, day: 1 }).add({ days: 44 - epact - 1 });
  if (Temporal.PlainDate.compare(fullMoon, { year, month: 3, day: 21 }) < 0) fullMoon = fullMoon.add({ days: 30 });
  return fullMoon.add({ days: 7 - (fullMoon.dayOfWeek % 7) }).toString();
}
