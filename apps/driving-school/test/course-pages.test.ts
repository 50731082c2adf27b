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
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;
/** Errors of scripts and violations of the content security policy. */
const pageErrors: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no', SCHOOL_NOW: '2026-03-02T15:00:00Z' } });
  browser = await launch();
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  const page = await newPage();
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
  signedIn = await page.context().storageState();
  await page.context().close();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function newPage(width = 1_440): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    ...(signedIn === undefined ? {} : { storageState: signedIn }),
  });
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    console.error('policy violation: ' + event.violatedDirective + ' ' + event.blockedURI));`);
  const page = await context.newPage();
  page.on('pageerror', (error) => pageErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) pageErrors.push(message.text());
  });
  return page;
}

/** Adds a student and opens the page. @returns its address */
async function addStudent(page: Page, familyName: string, bornOn: string): Promise<string> {
  await page.goto(`${program.address}/students/new`);
  await page.fill('#student-legal_family_name', familyName);
  await page.fill('#student-birth_date', bornOn);
  await page.getByRole('button', { name: 'Add student' }).click();
  await page.getByRole('heading', { name: familyName, level: 1 }).waitFor();
  return page.url();
}

/** Checks a page in both colour schemes and at two widths. */
async function problemsOf(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const width of [390, 1_440]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `courses-${name}-${width}-${colorScheme}`, { fullPage: true });
      const problems = await accessibilityProblems(page, colorScheme === 'light' ? 'all' : 'colours');
      const surplus = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      if (Number(surplus) > 0) problems.push(`${String(surplus)} px too wide`);
      found.push(...problems.map((problem) => `${name} at ${width}, ${colorScheme}: ${problem}`));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

test('the office enrols a student, adds two guardians and switches the primary one', options, async () => {
  const page = await newPage();
  const found: string[] = [];
  await addStudent(page, 'Okafor', '2009-06-01');
  await page.getByText('Minor without guardian').waitFor();
  found.push(...(await problemsOf(page, 'new')));

  await page.getByRole('button', { name: 'Enrol', exact: true }).click();
  assert.equal(await page.inputValue('#enrol-start'), '2026-03-02', 'today by the school’s clock');
  await page.getByText('Lessons count until Mar 1, 2027').waitFor();
  found.push(...(await problemsOf(page, 'enrol')));
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).last().click();
  await page.getByText('364 days left').waitFor();
  await page.getByText('0 min of 10 h in the car booked').waitFor();

  const addGuardian = async (name: string, relation: string, phone: string): Promise<void> => {
    await page.getByRole('button', { name: 'Add guardian' }).click();
    await page.fill('#guardian-name', name);
    await page.fill('#guardian-relation', relation);
    await page.fill('#guardian-phone', phone);
    if (name.startsWith('Emeka')) found.push(...(await problemsOf(page, 'guardian')));
    await page.getByRole('dialog').getByRole('button', { name: 'Add guardian' }).last().click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('listitem').filter({ hasText: name }).waitFor();
  };
  await addGuardian('Ada Okafor', 'mother', '416-555-0123');
  await page.getByText('Minor without guardian').waitFor({ state: 'detached' });
  await addGuardian('Emeka Okafor', 'father', '416-555-0124');
  const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  await row('Ada Okafor').getByText('Primary', { exact: true }).waitFor();

  await row('Emeka Okafor').getByRole('button', { name: 'Make primary' }).click();
  await row('Emeka Okafor').getByText('Primary', { exact: true }).waitFor();
  assert.equal(await row('Ada Okafor').getByText('Primary', { exact: true }).count(), 0);

  await row('Emeka Okafor').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove guardian' }).click();
  await page.getByText('Make another guardian the primary one').waitFor();
  await page.keyboard.press('Escape');
  found.push(...(await problemsOf(page, 'student')));
  assert.deepEqual(found, []);
});

test('a sibling’s guardian is offered while the name is typed', options, async () => {
  const page = await newPage();
  await addStudent(page, 'Nwosu-One', '2009-06-01');
  const add = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Add guardian' }).click();
    await page.fill('#guardian-name', 'Ngozi Nwosu');
  };
  const save = () => page.getByRole('dialog').getByRole('button', { name: 'Add guardian' }).last().click();
  await add();
  await save();
  await page.getByRole('listitem').filter({ hasText: 'Ngozi Nwosu' }).waitFor();
  await addStudent(page, 'Nwosu-Two', '2010-07-02');
  await add();
  await page.getByRole('button', { name: 'Choose Ngozi Nwosu' }).click();
  await page.fill('#guardian-relation', 'mother');
  await save();
  await page.getByText('Also of a sibling').waitFor();
});

test('withdrawing can be undone, and a shorter deadline is saved', options, async () => {
  const page = await newPage();
  await addStudent(page, 'Pereira', '2000-06-01');
  await page.getByRole('button', { name: 'Enrol', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).last().click();
  await page.getByText('364 days left').waitFor();
  await page.getByRole('button', { name: 'Edit BDE course' }).click();
  await page.fill('#course-deadline', '2026/3/12');
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('10 days left').waitFor();
  await page.getByRole('button', { name: 'Withdraw from BDE course' }).click();
  await page.fill('#withdraw-reason', 'Moved to another city');
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw', exact: true }).click();
  await page.getByText('Moved to another city').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('10 days left').waitFor();
});

test('the owner reads the rules in plain words, dates a change and takes it back', options, async () => {
  const page = await newPage();
  const found: string[] = [];
  await page.goto(`${program.address}/settings/rules`);
  await page.getByText('Most in-car time of a student in a day').waitFor();
  found.push(...(await problemsOf(page, 'rules')));
  await page.getByRole('button', { name: 'Change the rules' }).click();
  await page.fill('#rules-name', 'bde-2027');
  assert.equal(await page.inputValue('#rules-from'), '2026-03-03');
  await page.fill('#rules-from', '2027-01-01');
  await page.fill('#rules-in_vehicle_day_cap_minutes', '0.5');
  await page.getByRole('dialog').getByRole('button', { name: 'Save change' }).click();
  await page.getByText('This can’t be more than the most in-car time of other days.').waitFor();
  await page.fill('#rules-in_vehicle_day_cap_minutes', '1.5');
  await page.getByRole('dialog').getByRole('button', { name: 'Save change' }).click();
  await page.getByText('instead of 2 h').waitFor();
  found.push(...(await problemsOf(page, 'rules-changed')));
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).last().click();
  await page.getByText('instead of 2 h').waitFor({ state: 'detached' });
  assert.deepEqual(found, []);
});

test('what the school sells is listed, and chosen when enrolling', options, async () => {
  const page = await newPage();
  const found: string[] = [];
  await page.goto(`${program.address}/settings/courses`);
  await page.getByText('No courses yet').waitFor();
  await page.getByRole('button', { name: 'Add course' }).click();
  await page.fill('#product-name', 'Six lessons');
  await page.selectOption('#product-kind', 'lesson_pack');
  await page.fill('#product-hours', '6');
  await page.getByRole('dialog').getByRole('button', { name: 'Add course' }).click();
  await page.getByRole('cell', { name: '6 h' }).waitFor();
  found.push(...(await problemsOf(page, 'products')));
  await addStudent(page, 'Quan', '2001-02-03');
  await page.getByRole('button', { name: 'Enrol', exact: true }).click();
  await page.selectOption('#enrol-course', { label: 'Six lessons' });
  assert.equal(await page.inputValue('#enrol-hours'), '6');
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol' }).last().click();
  await page.getByText('0 min of 6 h in the car booked').waitFor();
  assert.deepEqual(found, []);
});

test('no page of the courses has script errors or violates the content security policy', options, () => {
  assert.deepEqual(pageErrors, []);
});
