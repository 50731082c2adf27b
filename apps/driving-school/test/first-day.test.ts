import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { accessibilityProblems } from './axe.ts';
import { launch, missing, release } from './chromium.ts';
import { picture } from './pictures.ts';
import { ownerPassword, Program } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let program: Program;
let browser: Browser;
/** The owner's page, on which the school is set up from nothing. */
let page: Page;
/** Addresses of the records that the first test adds. */
let student = '';
let instructor = '';
/** The link of the instructor's invitation. */
let invitation = '';
/** Script errors and violations of the content security policy. */
const faults: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  // A Monday, 08:00 in Toronto.
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no', SCHOOL_NOW: '2026-03-02T13:00:00Z' } });
  browser = await launch();
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  page = await newPage();
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await heading('Today');
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function newPage(): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI));`);
  const opened = await context.newPage();
  opened.on('pageerror', (error) => faults.push(error.message));
  opened.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) faults.push(message.text());
  });
  return opened;
}

const heading = (name: string | RegExp, on = page) => on.getByRole('heading', { level: 1, name }).waitFor();
const button = (name: string | RegExp) => page.getByRole('button', { name });
const link = (name: string | RegExp) => page.getByRole('main').getByRole('link', { name });
const dialogButton = (name: string | RegExp) => page.getByRole('dialog').getByRole('button', { name });
const said = (text: string | RegExp, on = page) => on.getByText(text).first().waitFor();
const chooseInMenu = (name: string, on = page) =>
  on.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true }).click();

/** Checks what is open with axe, in both colour schemes. */
async function looksRight(name: string, on = page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await on.emulateMedia({ colorScheme });
    await picture(on, `first-day-${name}-${colorScheme}`, { fullPage: true });
    const problems = await accessibilityProblems(on, colorScheme === 'light' ? 'all' : 'colours');
    assert.deepEqual(problems, [], `${name}, ${colorScheme}`);
  }
  await on.emulateMedia({ colorScheme: 'light' });
}

test('an empty school is led from page to page until its first course is in the calendar', options, async () => {
  await said('Set up the school');
  await looksRight('today-empty');

  await link('Add a location').click();
  await said('Add your first location');
  await button('Add location').first().click();
  await page.getByLabel('Name').fill('Main Street');
  await page.keyboard.press('Enter');
  await said('Main Street was added');

  await link('Add a car').click();
  await heading('New car');
  await page.getByLabel('Licence plate').fill('abcd 123');
  await page.getByLabel('Insurance expires on').fill('2027-12-31');
  await page.getByLabel('Registration expires on').fill('2027-12-31');
  await page.getByLabel('Registration expires on').press('Enter');
  await heading('ABCD 123');

  await chooseInMenu('Calendar');
  await said('No instructors yet');
  await looksRight('calendar-empty');
  await link('Add an instructor').click();
  await said('No instructors yet');
  await page.locator('.empty-state').getByRole('button', { name: 'Add instructor' }).click();
  await page.fill('#instructor-name', 'Rosa Ruiz');
  await page.fill('#instructor-email', 'rosa@example.com');
  await page.fill('#instructor-licence_number', 'DI-104233');
  await page.fill('#instructor-licence_expires_on', '2028-04-01');
  await page.keyboard.press('Enter');
  await said('Give this link to Rosa Ruiz');
  invitation = await page.getByRole('dialog').locator('.copy-field input').inputValue();
  await page.keyboard.press('Escape');
  await heading('Rosa Ruiz');
  instructor = new URL(page.url()).pathname;
  await button('Mon–Fri 9–17').click();
  await button('Save hours').click();
  await said('The working hours were saved.');

  await chooseInMenu('Students');
  await said('No students yet');
  await looksRight('students-empty');
  await link('New student').first().click();
  await page.fill('#student-legal_given_names', 'Sam');
  await page.fill('#student-legal_family_name', 'Singh');
  await page.fill('#student-birth_date', '2005-06-01');
  await page.selectOption('#student-licence_class', 'G1');
  await button('Add student').click();
  await heading('Sam Singh');
  student = new URL(page.url()).pathname;
  await said('Not enrolled yet.');
  await said('Book the next one or plan the whole course');
  await looksRight('student-empty');

  await link('Plan course').click();
  await said('No course to plan');
  await looksRight('plan-empty');
  await link('Go to the student').click();
  await button('Enrol').click();
  await dialogButton('Enrol').last().click();
  await said('364 days left');

  await link('Plan course').click();
  await button('Wednesday').click();
  // The usual evening is outside of the instructor's hours: the page says why, and other times are typed.
  await said('0 of 10 have a time');
  await said('Why was no time found?');
  await page.locator('.wish input').first().fill('13:00');
  await page.locator('.wish input').last().fill('16:00');
  await said('All 10 have a time');
  await looksRight('plan');
  await button('Book all 10').click();
  await said(/10 lessons booked, until/);
  await heading('Sam Singh');
  await said('10 h of 10 h in the car booked');
  await looksRight('student');

  await page
    .locator('.record-rows')
    .getByRole('link', { name: /^Wed, Mar 4/ })
    .click();
  await heading(/Calendar|Wed/);
  await said('Sam Singh');
  await looksRight('calendar');
  await chooseInMenu('Day sheet');
  await page.goto(`${program.address}/day-sheet/2026-03-04`);
  await said('Singh');
  await said('BDE lesson');
  await looksRight('day-sheet');
});

test('time off that meets a booked lesson names it, and cancels it only when asked', options, async () => {
  await page.goto(`${program.address}${instructor}`);
  await button('Add time off').click();
  await page.fill('#time-off-fromDay', '2026-03-11');
  await page.keyboard.press('Enter');
  await said('1 lesson booked in this time');
  await said(/Wed, Mar 11/);
  await looksRight('time-off');
  await dialogButton('Add and cancel 1 lesson').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await said('Mar 11, 2026');
  await page.goto(`${program.address}${student}`);
  await page.locator('.record-rows li', { hasText: 'Mar 11, 2026' }).getByText('Cancelled').waitFor();
});

test('an earlier end of an instructor’s contract shows the lessons that are outside of it', options, async () => {
  await page.goto(`${program.address}${instructor}`);
  await button('Edit').click();
  await page.fill('#instructor-contract_to', '2026-03-20');
  await dialogButton('Save').click();
  await said(/lessons booked outside of these dates/);
  await dialogButton('Save anyway').waitFor();
  await looksRight('instructor-preview');
  await dialogButton('Cancel').click();
});

test('an earlier expiry of a student’s licence shows the lessons that can’t take place', options, async () => {
  await page.goto(`${program.address}${student}/edit`);
  await page.fill('#student-licence_expires_on', '2026-03-20');
  await button('Save changes').click();
  await said(/booked lessons the student could no longer take/);
  await said(/Mar 25, 2026/);
  await looksRight('student-preview');
});

test('a calendar link is created, shown once and revoked', options, async () => {
  await page.goto(`${program.address}${instructor}`);
  await button('Create link').click();
  await said('Copy the link now');
  await looksRight('calendar-link');
  const url = await page.getByLabel('Calendar link').inputValue();
  assert.match(await (await fetch(url)).text(), /BEGIN:VEVENT/);
  await dialogButton('Done').click();
  await button('Revoke').click();
  await said('Revoke this calendar link?');
  await looksRight('calendar-link-revoke');
  await dialogButton('Revoke link').click();
  await said('No links yet.');
  assert.equal((await fetch(url)).status, 404);
});

test('the instructor accepts the invitation and finds the lessons in calendar and day sheet', options, async () => {
  const own = await newPage();
  await own.goto(invitation);
  await own.fill('#welcome-password', 'three unrelated words');
  await own.keyboard.press('Enter');
  await heading('Today', own);
  await looksRight('own-today', own);
  await chooseInMenu('My hours', own);
  await said('Mar 11, 2026', own);
  await looksRight('own-hours', own);
  await chooseInMenu('Calendar', own);
  await said('Sam Singh', own);
  await looksRight('own-calendar', own);
  await own.goto(`${program.address}/day-sheet/2026-03-04`);
  await said('Singh', own);
  await looksRight('own-day-sheet', own);
  assert.equal(await own.getByRole('link', { name: 'Book next lesson' }).count(), 0);
});

test('no page had a script error or violated its content security policy', options, () => {
  assert.deepEqual(faults, []);
});
