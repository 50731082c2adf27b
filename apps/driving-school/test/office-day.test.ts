/** A day of an office clerk in a running school: the most frequent tasks with their actions, and what is not offered. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { missing } from './chromium.ts';
import {
  button,
  chooseInMenu,
  Clerk,
  heading,
  inDialog,
  link,
  looksRight,
  printedPages,
  said,
  SchoolPages,
} from './pages.ts';
import { type Client, signInAsOwner } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };
const password = 'three unrelated words';

let school: SchoolPages;
let owner: Client;
let page: Page;
const toast = (text: string | RegExp): Locator => page.locator('.toast', { hasText: text });
const lesson = (): Locator => page.locator('.lesson[aria-label*="Zoe Quenneville"]');
const lessonLabel = async (): Promise<string> => (await lesson().getAttribute('aria-label')) ?? '';

before(async () => {
  if (missing !== undefined) return;
  // A Tuesday, 11:10 in Toronto.
  school = await SchoolPages.open({ DEMO_DATA: 'S', SCHOOL_NOW: '2026-03-10T15:10:00Z' });
  owner = await signInAsOwner(school.program);
  const student = await added('/api/students', {
    legal_given_names: 'Zoe',
    legal_family_name: 'Quenneville',
    birth_date: '2005-05-05',
    licence_class: 'G1',
  });
  await added(`/api/students/${student.data?.id}/enrolments`, { kind: 'bde', course_started_on: '2026-03-02' });
  const invited = await added('/api/users', { name: 'Olga Office', email: 'olga@example.com', role: 'office' });
  page = await school.welcome(invited.link?.url ?? '', password);
  await page.addInitScript('globalThis.print = () => { globalThis.printed = true; }');
});

after(async () => {
  await school?.[Symbol.asyncDispose]();
});

interface Added {
  readonly data?: { readonly id: string };
  readonly link?: { readonly url: string };
}

async function added(path: string, body: unknown): Promise<Added> {
  const answer = await owner.post(path, body);
  assert.ok(answer.ok, `${path}: ${await answer.clone().text()}`);
  return (await answer.json()) as Added;
}

test('a clerk signs in and sees the day of all instructors', options, async () => {
  await button(page, 'Sign out').click();
  await heading(page, 'Sign in');
  await page.reload();
  await page.fill('#sign-in-email', 'olga@example.com');
  await page.fill('#sign-in-password', password);
  await page.keyboard.press('Enter');
  await heading(page, 'Today');
  for (const name of ['On now', 'Next for each instructor', 'Free today', 'Needs attention']) {
    await page.getByRole('heading', { name }).waitFor();
  }
  await looksRight(page, 'office-today');
});

test('a student is found by search in at most 5 actions, and the next lesson booked in 11', options, async () => {
  const clerk = new Clerk(page);
  await clerk.press('/');
  await clerk.type('quennev');
  await page.getByRole('option', { name: /Quenneville/ }).waitFor();
  await clerk.press('Enter');
  await heading(page, 'Zoe Quenneville');
  assert.ok(clerk.actions <= 5, `${clerk.actions} actions to find the student`);
  await looksRight(page, 'office-student');

  await clerk.click(link(page, 'Book next lesson'));
  await page.locator('.slot:focus').waitFor();
  await clerk.press('Enter');
  await toast(/^Booked /).waitFor();
  await heading(page, 'Zoe Quenneville');
  await said(page, '1 h of 10 h in the car booked');
  assert.ok(clerk.actions <= 11, `${clerk.actions} actions to book`);
});

test('the lesson is moved by keyboard to the next free time', options, async () => {
  await page.locator('.record-rows a.numbers').first().click();
  await lesson().waitFor();
  const placeBefore = await lessonLabel();
  await lesson().focus();
  await page.keyboard.press('m');
  const ghost = page.locator('.lift-ghost');
  // Its own place is free for it.
  await page.locator('.lift-ghost[data-verdict="free"]').waitFor();
  for (let steps = 0; steps === 0 || (await ghost.getAttribute('data-verdict')) !== 'free'; steps += 1) {
    assert.ok(steps < 40, 'there is a free time that day');
    await page.keyboard.press('ArrowDown');
    await page.locator('.lift-ghost:not([data-verdict="checking"])').waitFor();
  }
  await page.keyboard.press('Enter');
  await toast(/^Zoe Quenneville moved to /).waitFor();
  await ghost.waitFor({ state: 'detached' });
  assert.notEqual(await lessonLabel(), placeBefore);
});

test('the lesson is cancelled with a reason in at most 8 actions, and that is undone', options, async () => {
  const placeBefore = await lessonLabel();
  const clerk = new Clerk(page);
  await clerk.click(lesson());
  await looksRight(page, 'office-lesson');
  await clerk.click(inDialog(page, 'Cancel lesson'));
  await clerk.click(page.getByRole('dialog').getByLabel('Illness'));
  await looksRight(page, 'office-cancel');
  await clerk.click(inDialog(page, 'Cancel lesson'));
  await toast('The lesson of Zoe Quenneville was cancelled.').waitFor();
  await lesson().waitFor({ state: 'detached' });
  assert.ok(clerk.actions <= 8, `${clerk.actions} actions`);

  await toast('was cancelled').getByRole('button', { name: 'Undo' }).click();
  await toast('Undone: Zoe Quenneville.').waitFor();
  await lesson().waitFor();
  assert.equal(await lessonLabel(), placeBefore);
});

test('tomorrow is printed in at most 3 actions from the start page, a page for each instructor', options, async () => {
  await chooseInMenu(page, 'Today');
  await heading(page, 'Today');
  const clerk = new Clerk(page);
  await clerk.click(link(page, 'Tomorrow’s day sheet'));
  await clerk.click(button(page, 'Print'));
  assert.ok(clerk.actions <= 3, `${clerk.actions} actions`);
  assert.equal(await page.evaluate('globalThis.printed'), true);
  await said(page, /^Wednesday, March 11, 2026: \d+ lessons/);
  const sheets = await page.locator('.sheet').count();
  assert.ok(sheets > 1, `${sheets} sheets`);
  assert.equal(await printedPages(page, 'Letter'), sheets);
  await looksRight(page, 'office-day-sheet');
});

test('actions of the owner are not offered, and no offered page is refused', options, async () => {
  assert.deepEqual(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents(), [
    'Today',
    'Calendar',
    'Day sheet',
    'Students',
    'Instructors',
    'Expiring soon',
    'Cars',
    'Settings',
    'System status',
  ]);
  for (const name of ['Locations', 'Closed days', 'Courses', 'Rules']) {
    await chooseInMenu(page, 'Settings');
    await heading(page, 'Settings');
    await link(page, name).first().click();
    await heading(page, name);
  }
  await said(page, 'Most in-car time of a student in a day');
  assert.equal(await button(page, /Change the rules|Delete/).count(), 0);
  await looksRight(page, 'office-rules');

  await page.getByRole('link', { name: 'My account' }).click();
  await said(page, 'To change your name or role, ask the owner of the school.');
  assert.equal(await page.getByText(/require a second factor/i).count(), 0, 'the rule of the school');

  for (const name of ['Instructors', 'Cars', 'Expiring soon', 'Students']) {
    await chooseInMenu(page, name);
    await heading(page, name);
    await page.locator('tbody tr').first().waitFor();
    await page.locator('tbody a').first().click();
    await page.locator('h1').filter({ hasNotText: name }).waitFor();
    await looksRight(page, `office-${name}`);
  }

  for (const path of ['/people', '/audit']) {
    await page.goto(`${school.program.address}${path}`);
    await heading(page, "You don't have access");
  }
  await looksRight(page, 'office-no-access');
  assert.deepEqual(school.forbidden, []);
});

test('no page had a script error or violated its content security policy', options, () => {
  assert.deepEqual(school.faults, []);
});
