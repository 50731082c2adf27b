/** A day of an instructor in a running school: their own lessons and students, and nothing that they may not do. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Calendar, CalendarRow } from '../contract/calendar.ts';
import { missing } from './chromium.ts';
import { chooseInMenu, heading, link, looksRight, said, SchoolPages } from './pages.ts';
import { type Client, signInAsOwner } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };
/** A Tuesday. */
const today = '2026-03-10';

let school: SchoolPages;
let owner: Client;
let page: Page;
/** The week of the instructor, as the owner sees it, and of everybody else. */
let own: CalendarRow;
let others: readonly CalendarRow[];
const lessonsOn = (row: CalendarRow, day: string) => taught(row).filter(({ local_date }) => local_date === day);
const taught = ({ lessons: all }: CalendarRow) => all.filter(({ status }) => status !== 'cancelled');
const lessons = (): Locator => page.locator('.lesson');

before(async () => {
  if (missing !== undefined) return;
  school = await SchoolPages.open({ DEMO_DATA: 'S', SCHOOL_NOW: '2026-03-10T15:10:00Z' });
  owner = await signInAsOwner(school.program);
  const calendar = await owner.fetch('/api/calendar?from=2026-03-09&to=2026-03-15');
  const { data } = (await calendar.json()) as Calendar;
  // Somebody with lessons later today and tomorrow.
  const isLater = ({ starts_at }: { readonly starts_at: string }): boolean => starts_at > '2026-03-10T15:10:00';
  const found = data.find(
    (row) => lessonsOn(row, today).some(isLater) && lessonsOn(row, '2026-03-11').length > 0 && data.length > 1,
  );
  own = found ?? assert.fail('nobody has lessons');
  others = data.filter((row) => row !== own);
  const answer = await owner.post(`/api/users/${own.instructor_id}/link`, {});
  const { link: invitation } = (await answer.json()) as { readonly link: { readonly url: string } };
  page = await school.welcome(invitation.url, 'three unrelated words');
});

after(async () => {
  await school?.[Symbol.asyncDispose]();
});

/** Checks that the page names nobody else, and offers nothing that only the office may do. */
async function showsOnlyOwn(name: string): Promise<void> {
  const text = await page.locator('main').innerText();
  const foreign = others.flatMap((row) => [row.name, ...row.lessons.map(({ short_code }) => short_code)]);
  assert.deepEqual(
    foreign.filter((each) => text.includes(each)),
    [],
    name,
  );
  const offered = await page
    .getByRole('main')
    .or(page.getByRole('dialog'))
    .locator('a:visible, button:visible')
    .allTextContents();
  assert.deepEqual(
    offered.filter((each) =>
      /book|plan |move|cancel|edit|add|archive|enrol|new student|import|remove|undo/i.test(each),
    ),
    [],
    name,
  );
  await looksRight(page, `instructor-${name}`);
}

test('Today has the lessons and the free time of the instructor alone', options, async () => {
  await page.getByRole('heading', { name: 'Your next lesson' }).waitFor();
  const booked = lessonsOn(own, today).length;
  await said(page, new RegExp(`^${booked} lessons? ·`));
  await showsOnlyOwn('today');
});

test('the calendar shows the week of the instructor; keys and dialogs change nothing', options, async () => {
  await chooseInMenu(page, 'Calendar');
  await lessons().first().waitFor();
  assert.equal(await lessons().count(), taught(own).length);
  await showsOnlyOwn('calendar');

  await lessons().first().focus();
  for (const key of ['m', 'b', 'Delete', 'u']) await page.keyboard.press(key);
  assert.equal(await page.locator('.lift-ghost, dialog[open]').count(), 0);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await showsOnlyOwn('lesson');
  await page.getByRole('dialog').getByRole('link', { name: 'Student’s page' }).click();
});

test('the record of an own student can be read, and is not to be changed', options, async () => {
  await said(page, 'Upcoming');
  await showsOnlyOwn('student');
  const student = new URL(page.url()).pathname;
  for (const path of [
    `${student}/book`,
    `${student}/plan`,
    `${student}/edit`,
    '/instructors',
    '/settings',
    '/people',
  ]) {
    await page.goto(`${school.program.address}${path}`);
    await heading(page, "You don't have access");
  }
});

test('the day sheet is that of the instructor', options, async () => {
  await page.goto(`${school.program.address}/day-sheet/2026-03-11`);
  await page.locator('.sheet-lesson').first().waitFor();
  assert.deepEqual(await page.locator('.sheet h2').allTextContents(), [own.name]);
  assert.equal(await page.locator('.sheet-lesson').count(), lessonsOn(own, '2026-03-11').length);
  await showsOnlyOwn('day-sheet');
});

test('the menu has the pages of instructors, and none of them is refused', options, async () => {
  assert.deepEqual(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents(), [
    'Today',
    'Calendar',
    'Day sheet',
    'Students',
    'My hours',
    'Cars',
  ]);
  for (const name of ['Students', 'Cars']) {
    await chooseInMenu(page, name);
    await page.locator('tbody tr').first().waitFor();
    await showsOnlyOwn(name);
  }
  await link(page, /DEMO/).first().click();
  await said(page, 'Out of service');
  await showsOnlyOwn('car');
  await chooseInMenu(page, 'My hours');
  await said(page, 'No time off from today on.');
  await showsOnlyOwn('hours');
  assert.deepEqual(school.forbidden, []);
});

test('no page had a script error or violated its content security policy', options, () => {
  assert.deepEqual(school.faults, []);
});
