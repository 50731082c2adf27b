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
let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>;
/** Script errors and violations of the content security policy. */
const faults: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({
    pages: true,
    environment: { DEMO_DATA: 'no', SCHOOL_NOW: '2026-03-02T15:00:00Z' },
  });
  browser = await launch();
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  const page = await newPage();
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await page.waitForSelector('h1');
  await page.waitForURL(`${program.address}/`);
  signedIn = await page.context().storageState();
  await page.context().close();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function newPage(width = 1_280): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    ...(signedIn === undefined ? {} : { storageState: signedIn }),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  return page;
}

/** Looks at the page in both schemes. */
async function inspect(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  for (const [colorScheme, rules] of [
    ['light', 'all'],
    ['dark', 'colours'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await picture(page, `instructors-${name}-${colorScheme}`, { fullPage: true });
    found.push(...(await accessibilityProblems(page, rules)).map((problem) => `${name}, ${colorScheme}: ${problem}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  const surplus = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  if (Number(surplus) > 0) found.push(`${name}: the page is ${String(surplus)} px too wide`);
  assert.deepEqual(found, []);
}

test('an instructor is added, given hours by keyboard alone, and given time off', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/instructors`);
  await page.waitForSelector('text=No instructors yet');
  await inspect(page, 'empty');

  await page.locator('.empty-state').getByRole('button', { name: 'Add instructor' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await inspect(page, 'add');
  await page.focus('#instructor-name');
  await page.keyboard.type('Rosa Ruiz');
  await page.keyboard.press('Tab');
  await page.keyboard.type('rosa@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type('416 555 0123');
  await page.keyboard.press('Tab');
  await page.keyboard.type('DI-104233');
  await page.keyboard.press('Tab');
  await page.keyboard.type('20260401');
  await page.keyboard.press('Enter');

  await page.waitForSelector('text=Give this link to Rosa Ruiz');
  await inspect(page, 'link');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#hours-0-0');
  assert.equal(await page.locator('h1').textContent(), 'Rosa Ruiz');
  await page.waitForSelector('.page-title >> text=Licence expires Apr 1, 2026');

  await page.focus('#hours-0-0');
  await page.keyboard.type('9-5');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.focus('#hours-0-4');
  assert.equal(await page.inputValue('#hours-0-4'), '09:00–17:00', 'copied from Monday to Friday');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.type('10-12, 11-15');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#hours-0-5-problem');
  await page.fill('#hours-0-5', '10-12, 13-15:30');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=The working hours were saved.');
  await page.waitForSelector('text=44 h 30 min a week');
  await page.reload();
  await page.waitForSelector('#hours-0-5');
  assert.equal(await page.inputValue('#hours-0-5'), '10:00–12:00, 13:00–15:30');

  await page.getByRole('button', { name: 'Add time off' }).click();
  await page.waitForSelector('#time-off-fromDay');
  await page.keyboard.type('2026-03-09');
  await page.keyboard.press('Tab');
  await page.keyboard.type('2026-03-13');
  await inspect(page, 'time-off');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.time-off-list >> text=Mar 9, 2026 – Mar 13, 2026');

  await page.getByRole('button', { name: 'Add time off' }).click();
  await page.fill('#time-off-fromDay', '2026-03-10');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog >> text=Already off at this time');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Remove Mar 9/ }).click();
  await page.waitForSelector('text=No time off from today on.');
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.waitForSelector('.time-off-list >> text=Mar 9, 2026 – Mar 13, 2026');
  await inspect(page, 'record');

  await page.goto(`${program.address}/instructors`);
  await page.waitForSelector('tbody >> text=Mon–Fri 09:00–17:00');
  await inspect(page, 'list');
  await page.goto(`${program.address}/compliance`);
  await page.waitForSelector('tbody >> text=Apr 1, 2026');
  await page.waitForSelector('tbody >> text=in 30 days');
  await inspect(page, 'compliance');
  assert.deepEqual(faults, []);
});

test('the pages of instructors can be used on a phone', options, async () => {
  const page = await newPage(390);
  await page.goto(`${program.address}/instructors`);
  await page.waitForSelector('tbody >> text=Rosa Ruiz');
  await inspect(page, 'phone-list');
  await page.getByRole('link', { name: 'Rosa Ruiz' }).click();
  await page.waitForSelector('#hours-0-0');
  await inspect(page, 'phone-record');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.waitForSelector('#instructor-contract_to');
  await inspect(page, 'phone-edit');
  await page.fill('#instructor-contract_to', '2026-12-31');
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await page.waitForSelector('text=Rosa Ruiz was saved.');
  await page.goto(`${program.address}/compliance`);
  await page.waitForSelector('tbody >> text=Rosa Ruiz');
  await inspect(page, 'phone-compliance');
  assert.deepEqual(faults, []);
});

test('instructors see their own hours and time off, and change nothing', options, async () => {
  const owner = await newPage();
  await owner.goto(`${program.address}/people`);
  await owner.getByRole('button', { name: 'New link for Rosa Ruiz' }).click();
  await owner.getByRole('button', { name: 'Create link', exact: true }).click();
  const link = await owner.locator('.copy-field input').inputValue();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(link);
  await page.fill('#welcome-password', 'three unrelated words');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${program.address}/`);
  await page.getByRole('link', { name: 'My hours' }).click();
  await page.waitForSelector('.week-list >> text=09:00–17:00');
  await page.waitForSelector('.time-off-list >> text=Mar 9, 2026 – Mar 13, 2026');
  assert.equal(await page.getByRole('button', { name: /Add|Remove|Edit|Save/ }).count(), 0);
  await inspect(page, 'own');
  await page.goto(`${program.address}/instructors`);
  await page.waitForSelector('text=/access/i');
});
