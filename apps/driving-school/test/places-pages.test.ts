import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { accessibilityProblems } from './axe.ts';
import { launch, missing, release } from './chromium.ts';
import { picture } from './pictures.ts';
import { ownerPassword, Program } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let program: Program;
let browser: Browser;
let page: Page;
const problems: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { SCHOOL_NOW: '2026-03-02T14:00:00Z', DEMO_DATA: 'no' } });
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) problems.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      throw new Error(`violation of ${violatedDirective}: ${blockedURI}`);
    });
  });
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav[aria-label="Main"]');
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

const open = async (path: string, heading: string): Promise<void> => {
  await page.goto(`${program.address}${path}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
};
const button = (name: string | RegExp) => page.getByRole('button', { name });
const said = (text: string | RegExp) => page.getByText(text).first().waitFor();

/** Checks the page at two widths and in both schemes, and takes its picture. */
async function looksRight(name: string): Promise<void> {
  for (const [width, colorScheme] of [
    [1_280, 'light'],
    [390, 'light'],
    [1_280, 'dark'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const where = `${name} at ${width} px, ${colorScheme}`;
    assert.deepEqual(await accessibilityProblems(page, colorScheme === 'light' ? 'all' : 'colours'), [], where);
    const isTooWide = await page.evaluate(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    );
    assert.equal(isTooWide, false, `${where} is too wide`);
    await picture(page, `${name}-${width}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 1_280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Books a lesson with the only car, on a day at 09:00 in Toronto. */
async function bookLesson(day: string): Promise<void> {
  const client = new pg.Client({ host: join(program.dataDirectory, 'run'), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    const [instructor, student, lesson] = [randomUUID(), randomUUID(), randomUUID()];
    await client.query(
      `INSERT INTO users (id, school_id, role, name) SELECT $1, id, 'instructor', 'Ines Instructor' FROM schools LIMIT 1`,
      [instructor],
    );
    await client.query(
      `INSERT INTO students (id, school_id, legal_family_name, birth_date, sort_name, search_words)
       SELECT $1, id, 'Student', '2000-01-01', 'student', '' FROM schools LIMIT 1`,
      [student],
    );
    await client.query(
      `INSERT INTO lessons (id, school_id, short_code, student_id, instructor_id, vehicle_id, location_id, type,
         starts_at, ends_at, time_zone, local_date, buffer_after_minutes)
       SELECT $1, vehicles.school_id, $2, $3, $4, vehicles.id, locations.id, 'private',
         ($5 || ' 09:00 America/Toronto')::timestamptz, ($5 || ' 10:00 America/Toronto')::timestamptz,
         'America/Toronto', $5::date, 15
       FROM vehicles, locations`,
      [
        lesson,
        `L-A${day.slice(5, 7).replaceAll(/[01]/g, '2')}${day.slice(8).replaceAll(/[01]/g, '3')}`,
        student,
        instructor,
        day,
      ],
    );
    await client.query(
      `INSERT INTO resource_claims (school_id, source_kind, source_id, resource_kind, resource_id, during)
       SELECT school_id, 'lesson', id, 'vehicle', vehicle_id, tstzrange(starts_at, ends_at + interval '15 minutes')
       FROM lessons WHERE id = $1`,
      [lesson],
    );
  } finally {
    await client.end();
  }
}

test('a new school is led from its first location to its first car, and sees what the car lacks', options, async () => {
  await open('/vehicles', 'Cars');
  await page.getByRole('heading', { name: 'Add a location first' }).waitFor();
  await looksRight('cars-empty');
  await page.getByRole('link', { name: 'Go to locations' }).click();
  await page.getByRole('heading', { name: 'Add your first location' }).waitFor();
  await looksRight('locations-empty');

  await button('Add location').click();
  await page.getByLabel('Name').waitFor();
  await button('Add location').last().click();
  await said('Enter a name, such as Main Street.');
  await page.getByLabel('Name').fill('Main Street');
  await page.getByLabel('Time between lessons (minutes)').fill('ten');
  await page.getByLabel('Postal code').fill('k1a0b1');
  await looksRight('location-dialog');
  await page.getByLabel('Time between lessons (minutes)').fill('20');
  await page.keyboard.press('Enter');
  await said('Main Street was added');
  await said('20 min');
  await looksRight('locations');

  await page.getByRole('link', { name: 'Add a car' }).click();
  await page.getByRole('heading', { level: 1, name: 'New car' }).waitFor();
  await page.getByLabel('Licence plate').fill('abcd 123');
  await page.getByLabel('Make, model and colour').fill('Toyota Corolla, white');
  await page.getByLabel('Usual location').selectOption('Main Street');
  await page.getByLabel('Insurance expires on').fill('20261231');
  await page.getByLabel('Registration expires on').fill('2026-03-20');
  await looksRight('car-form');
  await page.getByLabel('Registration expires on').press('Enter');
  await page.getByRole('heading', { level: 1, name: 'ABCD 123' }).waitFor();
  await said('Valid until Dec 31, 2026');
  await said('None needed');
  await said('Not on the policy');
  await open('/vehicles', 'Cars');
  await said('Registration expires Mar 20, 2026');
  await looksRight('cars');
});

test(
  'a new expiry that breaks booked lessons is saved only after the office has seen their days',
  options,
  async () => {
    await bookLesson('2026-03-18');
    await bookLesson('2026-06-23');
    await open('/vehicles', 'Cars');
    await page.getByRole('link', { name: 'ABCD 123' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Insurance expires on').fill('2026-03-31');
    await button('Save changes').click();
    await page.getByRole('heading', { name: 'One booked lesson is affected' }).waitFor();
    await said('Jun 23, 2026: one lesson');
    await looksRight('car-preview');
    await button('Go back').click();
    assert.equal(await page.getByLabel('Insurance expires on').inputValue(), '2026-03-31');
    await button('Save changes').click();
    await button('Save anyway').click();
    await said('ABCD 123 is saved. One booked lesson needs another car.');
    await said('Expires Mar 31, 2026');
  },
);

test(
  'a car is taken out of service; lessons in that time are cancelled in the same step; removing can be undone',
  options,
  async () => {
    await open('/vehicles', 'Cars');
    await page.getByRole('link', { name: 'ABCD 123' }).click();
    await button('Add time').click();
    assert.equal(await page.getByLabel('From').inputValue(), '2026-03-02');
    await page.getByLabel('From').fill('2026-03-18');
    await page.getByLabel('Reason').fill('Brakes');
    await button('Add time').last().click();
    await said('One lesson is booked in this time');
    await looksRight('outage-dialog');
    // Enter cancels no lesson by accident.
    await page.locator('#outage-reason').press('Enter');
    await button('Add and cancel the lesson').click();
    await said('The time was added, and one lesson was cancelled.');
    await said('Brakes');
    await looksRight('car');
    await button(/^Remove/).click();
    await said('The car can be used again.');
    await said('No times.');
    await button('Undo').click();
    await said('Brakes');
  },
);

test('the holidays of a year are added with one click; a removed day comes back with Undo', options, async () => {
  await open('/settings', 'Settings');
  await looksRight('settings');
  await page.getByRole('main').getByRole('link', { name: 'Closed days' }).click();
  await page.getByRole('heading', { name: 'No closed days in 2026' }).waitFor();
  await looksRight('closed-days-empty');
  await button('Add Ontario’s holidays').click();
  await said('9 holidays were added.');
  await said('Mon, May 18, 2026');
  assert.equal(await button('Add Ontario’s holidays').count(), 0);
  await button('Remove Family Day').click();
  await said('Family Day was removed.');
  await button('Undo').click();
  await button('Remove Family Day').waitFor();
  await button('Add day').click();
  await page.fill('#closed-day-day', '2026-06-23');
  await page.fill('#closed-day-name', 'Staff training');
  await page.keyboard.press('Enter');
  await said('One lesson is booked then');
  await looksRight('closed-days');
  await button('Next year').click();
  await page.getByRole('heading', { name: 'No closed days in 2027' }).waitFor();
});

test('locations are archived and restored; leaving a changed form asks first', options, async () => {
  await open('/settings/locations', 'Locations');
  await button('Archive Main Street').click();
  await button('Archive location').click();
  await said(/still booked at this location/);
  await page.keyboard.press('Escape');
  await button('Add location').click();
  await page.getByLabel('Name').fill('Spare');
  await page.keyboard.press('Enter');
  await button('Archive Spare').click();
  await button('Archive location').click();
  await said('Spare was archived.');
  await page.getByText('Archived', { exact: true }).click();
  await button('Restore Spare').click();
  await said('Spare is active again.');

  await open('/vehicles/new', 'New car');
  await page.getByLabel('Licence plate').fill('X');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor();
  await button('Discard changes').click();
  await page.getByRole('heading', { level: 1, name: 'Cars' }).waitFor();
});

test('no page reported an error or a violation of its content security policy', options, () => {
  assert.deepEqual(problems, []);
});
