/** The first day of a school, from an empty database to a printed day sheet, through the pages alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { missing } from './chromium.ts';
import {
  button,
  chooseInMenu,
  heading,
  inDialog,
  link,
  looksRight as looksRightIn,
  printedPages,
  said,
  SchoolPages,
} from './pages.ts';

const options = missing === undefined ? {} : { skip: missing };

let school: SchoolPages;
let page: Page;

before(async () => {
  if (missing !== undefined) return;
  // A Monday, 08:00 in Toronto.
  school = await SchoolPages.open({ DEMO_DATA: 'no', SCHOOL_NOW: '2026-03-02T13:00:00Z' });
  page = await school.welcomeOwner();
});

after(async () => {
  await school?.[Symbol.asyncDispose]();
});

const looksRight = (name: string) => looksRightIn(page, `first-day-${name}`);

/** Opens the start page and takes the step that it offers first. */
async function nextStep(name: string): Promise<void> {
  await chooseInMenu(page, 'Today');
  await said(page, 'Set up the school');
  const [first] = await page.locator('.empty-state a').allTextContents();
  assert.equal(first, name);
  await link(page, name).click();
}

test(
  'the start page leads a new school through what lessons need, and names only what is missing',
  options,
  async () => {
    await said(page, 'Set up the school');
    await said(page, /the school’s clock is set to Mar 2, 2026/);
    await looksRight('today-empty');
    await chooseInMenu(page, 'Calendar');
    await said(page, 'No instructors yet');
    await looksRight('calendar-empty');

    await nextStep('Add a location');
    await said(page, 'Add your first location');
    await looksRight('locations-empty');
    await button(page, 'Add location').first().click();
    await page.getByLabel('Name').fill('Main Street');
    await looksRight('location-form');
    await page.keyboard.press('Enter');
    await said(page, 'Main Street was added');
    await looksRight('locations');

    await nextStep('Add a car');
    await said(page, 'Add your first car');
    await looksRight('cars-empty');
    await link(page, 'Add car').first().click();
    await heading(page, 'New car');
    await page.getByLabel('Licence plate').fill('abcd 123');
    await page.getByLabel('Insurance expires on').fill('2027-12-31');
    await page.getByLabel('Registration expires on').fill('2027-12-31');
    await looksRight('car-form');
    await page.getByLabel('Registration expires on').press('Enter');
    await heading(page, 'ABCD 123');
    await looksRight('car');

    await nextStep('Add an instructor');
    await said(page, 'No instructors yet');
    await looksRight('instructors-empty');
    await page.locator('.empty-state').getByRole('button', { name: 'Add instructor' }).click();
    await page.fill('#instructor-name', 'Rosa Ruiz');
    await page.fill('#instructor-licence_number', 'DI-104233');
    await page.fill('#instructor-licence_expires_on', '2028-04-01');
    await looksRight('instructor-form');
    await page.keyboard.press('Enter');
    await heading(page, 'Rosa Ruiz');
    await said(page, 'No working hours');
    await looksRight('instructor');
    await nextStep('Set working hours');
    await link(page, 'Rosa Ruiz').click();
    await button(page, 'Mon–Fri 9–17').click();
    await button(page, 'Save hours').click();
    await said(page, '40 h a week');

    await nextStep('Add a student');
    await said(page, 'No students yet');
    await looksRight('students-empty');
    await link(page, 'Add a student').click();
    await heading(page, 'New student');
    await page.fill('#student-legal_given_names', 'Sam');
    await page.fill('#student-legal_family_name', 'Singh');
    // Twenty by the school’s clock.
    await page.fill('#student-birth_date', '2005-06-01');
    await looksRight('student-form');
    await button(page, 'Add student').click();
    await heading(page, 'Sam Singh');
    await said(page, 'Jun 1, 2005 (20 years)');
    await looksRight('student-new');

    await chooseInMenu(page, 'Today');
    await said(page, 'Rosa Ruiz');
    assert.equal(await page.getByText('Set up the school').count(), 0);
    await looksRight('today-ready');
  },
);

test('a student is enrolled, and the whole course is planned and booked', options, async () => {
  await chooseInMenu(page, 'Students');
  await link(page, 'Singh, Sam').click();
  await said(page, 'Not enrolled yet.');
  await link(page, 'Plan course').click();
  await said(page, 'No course to plan');
  await looksRight('plan-without-course');
  await link(page, 'Go to the student').click();
  await button(page, 'Enrol').click();
  await said(page, 'Lessons count until Mar 1, 2027');
  await looksRight('enrol');
  await inDialog(page, 'Enrol').last().click();
  await said(page, '364 days left');

  // A student who has no licence on record can’t have lessons: both pages say so, and lead to the record.
  await link(page, 'Book next lesson').click();
  await said(page, 'Sam Singh has no driver’s licence on record.');
  await link(page, 'Edit the student’s licence').waitFor();
  await looksRight('book-without-licence');
  await page.goBack();
  await link(page, 'Plan course').click();
  await button(page, 'Wednesday').click();
  await said(page, '0 of 10 have a time');
  await looksRight('plan-without-licence');
  await link(page, 'Edit the student’s licence').click();
  await page.selectOption('#student-licence_class', 'G1');
  await button(page, 'Save changes').click();
  await heading(page, 'Sam Singh');

  await link(page, 'Plan course').click();
  await button(page, 'Wednesday').click();
  await said(page, 'All 10 have a time');
  await looksRight('plan');
  await button(page, 'Book all 10').click();
  await said(page, /10 lessons booked, until .*May 6/);
  await heading(page, 'Sam Singh');
  await said(page, '10 h of 10 h in the car booked');
  await looksRight('student');
});

test('the lessons are in the calendar, and a day with one prints on one page', options, async () => {
  await page
    .locator('.record-rows')
    .getByRole('link', { name: /^Wed, Mar 4/ })
    .click();
  await heading(page, 'Wednesday, March 4, 2026');
  await page.locator('.lesson[aria-label*="Sam Singh"]').waitFor();
  await looksRight('calendar');
  await page.getByText('Week', { exact: true }).click();
  await page.locator('.lesson[aria-label*="Sam Singh"]').waitFor();
  await looksRight('calendar-week');

  await chooseInMenu(page, 'Day sheet');
  await said(page, 'No lessons on this day');
  await looksRight('day-sheet-empty');
  await page.getByLabel('Day', { exact: true }).fill('2026-03-04');
  await page.locator('.sheet-lesson', { hasText: 'Singh' }).waitFor();
  await looksRight('day-sheet');
  assert.equal(await button(page, 'Print').getAttribute('aria-disabled'), null);
  for (const format of ['A4', 'Letter'] as const) assert.equal(await printedPages(page, format), 1, format);
});

test('no page had a script error or violated its content security policy', options, () => {
  assert.deepEqual(school.faults, []);
});
