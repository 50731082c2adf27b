/** Changes that meet booked lessons, in the browser: each names the lessons first, and cancels none without being asked. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page, Request } from 'playwright-core';
import { BookClient, type Party } from './book-client.ts';
import { missing } from './chromium.ts';
import { button, heading, inDialog, link, looksRight, said, SchoolPages } from './pages.ts';
import { signInAsOwner } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let school: SchoolPages;
let book: BookClient;
let party: Party;
let page: Page;
/** The lessons by their day, all at 13:00 in Toronto, whatever the browser's time zone. */
const lessons = new Map<string, string>();
const days = ['2026-03-11', '2026-03-12', '2026-03-18', '2026-03-25'] as const;

before(async () => {
  if (missing !== undefined) return;
  // A Monday, 10:00 in Toronto.
  school = await SchoolPages.open({ DEMO_DATA: 'no', SCHOOL_NOW: '2026-03-02T15:00:00Z' });
  const owner = await signInAsOwner(school.program);
  book = new BookClient(owner);
  party = await book.addParty();
  for (const day of days) lessons.set(day, (await book.booked(party, `${day}T13:00`)).id);
  page = await school.newPage({ client: owner });
});

after(async () => {
  await school?.[Symbol.asyncDispose]();
});

const open = async (path: string): Promise<void> => {
  await page.goto(`${school.program.address}${path}`);
  await page.locator('main h1').waitFor();
};
const toast = (text: string) => page.locator('.toast', { hasText: text }).waitFor();

/** Presses Enter and checks that the page sends nothing. */
async function pressEnterInVain(): Promise<void> {
  const sent: string[] = [];
  const note = (request: Request): void => {
    if (request.method() === 'POST') sent.push(request.url());
  };
  page.on('request', note);
  await page.keyboard.press('Enter');
  // The answer comes after everything that the key has started.
  await page.evaluate(() => fetch('/healthz'));
  page.off('request', note);
  assert.deepEqual(sent, []);
}

/** The lessons that are still booked, by their day. */
async function booked(): Promise<string[]> {
  const { body } = await book.get(`/api/calendar?from=${days[0]}&to=${days[3]}`);
  const rows = body.data as readonly { readonly lessons: readonly { readonly local_date: string }[] }[];
  return rows.flatMap(({ lessons: all }) => all.map(({ local_date }) => local_date)).toSorted();
}

test('time off over lessons names them with the times of their location; Enter cancels none', options, async () => {
  await open(`/instructors/${party.instructor_id}`);
  await button(page, 'Add time off').click();
  await page.fill('#time-off-fromDay', '2026-03-11');
  await page.fill('#time-off-toDay', '2026-03-12');
  await page.keyboard.press('Enter');
  await said(page, '2 lessons booked in this time');
  assert.deepEqual(await page.locator('.lesson-times li').allTextContents(), [
    'Wed, Mar 11, 2026, 13:00',
    'Thu, Mar 12, 2026, 13:00',
  ]);
  await looksRight(page, 'in-the-way-time-off');
  await pressEnterInVain();
  await inDialog(page, 'Add and cancel 2 lessons').waitFor();
  assert.deepEqual(await booked(), days);

  // Only the hours of the lesson on the second day.
  await page.fill('#time-off-fromDay', '2026-03-12');
  await page.getByRole('dialog').getByText('Whole days').click();
  await page.fill('#time-off-fromTime', '12:30');
  await page.fill('#time-off-toTime', '13:30');
  await page.keyboard.press('Enter');
  await said(page, '1 lesson booked in this time');
  await inDialog(page, 'Add and cancel 1 lesson').click();
  await toast('The time off was added, and 1 lesson cancelled. Tell the students.');
  await said(page, 'Mar 12, 2026, 12:30–13:30');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-18', '2026-03-25']);
});

test('a day is closed: the page counts the lessons, which stay, and a new one needs a reason', options, async () => {
  await open('/settings/closed-days');
  await button(page, 'Add day').click();
  await page.fill('#closed-day-day', '2026-03-11');
  await page.fill('#closed-day-name', 'Staff training');
  await page.keyboard.press('Enter');
  await said(page, 'One lesson is booked then');
  await said(page, 'Nothing was cancelled.');
  await looksRight(page, 'in-the-way-closed-day');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-18', '2026-03-25']);

  await link(page, 'Open the calendar').click();
  await heading(page, 'Wednesday, March 11, 2026');
  await page.locator('.lesson[aria-label^="13:00 to 14:00"]').waitFor();

  await startBooking('2026-03-11', '15:00');
  await said(page, /closed.*Staff training|Staff training.*closed/);
  await page.getByRole('dialog').getByLabel('Reason').first().waitFor();
  await page.keyboard.press('Escape');
});

test('a car goes out of service: its lessons are counted, and cancelled only by the button', options, async () => {
  await open(`/vehicles/${party.vehicle_id}`);
  await button(page, 'Add time').click();
  await page.fill('#outage-from-day', '2026-03-18');
  await page.fill('#outage-to-day', '2026-03-18');
  await page.keyboard.press('Enter');
  await said(page, 'One lesson is booked in this time');
  await looksRight(page, 'in-the-way-outage');
  await pressEnterInVain();
  await inDialog(page, 'Add and cancel the lesson').waitFor();
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-18', '2026-03-25']);
  await inDialog(page, 'Add and cancel the lesson').click();
  await toast('The time was added, and one lesson was cancelled.');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-25']);
});

test('an earlier end of a contract names the lessons outside; none can be booked there any more', options, async () => {
  await open(`/instructors/${party.instructor_id}`);
  await button(page, 'Edit').click();
  await page.fill('#instructor-contract_to', '2026-03-20');
  await inDialog(page, 'Save').click();
  await said(page, '1 lesson booked outside of these dates');
  assert.deepEqual(await page.locator('.lesson-times li').allTextContents(), ['Wed, Mar 25, 2026, 13:00']);
  await looksRight(page, 'in-the-way-contract');
  await inDialog(page, 'Save anyway').click();
  await toast('1 lesson must be moved or cancelled.');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-25']);

  await startBooking('2026-03-26', '13:00');
  await said(page, /is under contract .*until 2026-03-20, not on this day\./);
  await inDialog(page, 'Book lesson').click();
  await said(page, /is under contract .*until 2026-03-20, not on this day\./);
  await looksRight(page, 'in-the-way-booking');
  await page.keyboard.press('Escape');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-25']);
});

test('an earlier expiry of an insurance names the days of the lessons before it is saved', options, async () => {
  await open(`/vehicles/${party.vehicle_id}`);
  await link(page, 'Edit').click();
  await page.getByLabel('Insurance expires on').fill('2026-03-24');
  await button(page, 'Save changes').click();
  await page.getByRole('heading', { name: 'One booked lesson is affected' }).waitFor();
  await said(page, 'Mar 25, 2026: one lesson');
  await looksRight(page, 'in-the-way-insurance');
  await button(page, 'Save anyway').click();
  await toast('One booked lesson needs another car.');
  assert.deepEqual(await booked(), ['2026-03-11', '2026-03-25']);

  await open('/compliance');
  await page.locator('tbody tr', { hasText: 'Mar 24, 2026' }).waitFor();
  await looksRight(page, 'in-the-way-expiring');
});

/** Opens the calendar on a day and fills the booking dialog for the student and the instructor. */
async function startBooking(day: string, time: string): Promise<void> {
  await open(`/calendar?date=${day}`);
  await button(page, 'Book a lesson').click();
  await page.getByRole('combobox', { name: 'Student' }).fill('Tremblay');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Instructor').selectOption(party.instructor_id);
  await dialog.getByLabel('Start').fill(time);
}

test('no page had a script error or violated its content security policy', options, () => {
  assert.deepEqual(school.faults, []);
});
