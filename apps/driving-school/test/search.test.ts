import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
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
const scriptErrors: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'S' } });
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
  for (const [given, family, phone] of [
    ['Zoé', 'Quenneville', '+14165550123'],
    ['Ewan', 'MacDonald-Quist', '+16475550142'],
  ] as const) {
    const { ok } = await page.request.post(`${program.address}/api/students`, {
      headers: { origin: program.address, 'idempotency-key': randomUUID() },
      data: { legal_given_names: given, legal_family_name: family, phone, birth_date: '2005-06-01' },
    });
    assert.ok(ok);
  }
  await page.context().close();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

interface Look {
  readonly width: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly hasTouch?: boolean;
}

async function newPage({ width, colorScheme = 'light', hasTouch = false }: Look = { width: 1280 }): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    hasTouch,
    ...(signedIn === undefined ? {} : { storageState: signedIn }),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => scriptErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) scriptErrors.push(message.text());
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
      throw new Error(`The content security policy refused ${violatedDirective}.`);
    });
  });
  return page;
}

/** Opens a page and waits for its data. */
async function opened(path: string, look?: Look): Promise<Page> {
  const page = await newPage(look);
  await page.goto(`${program.address}${path}`);
  await page.waitForSelector('main h1');
  return page;
}

test('a student is found with five keys from any page: /, three letters, Enter', options, async () => {
  for (const path of ['/', '/people', '/account']) {
    const page = await opened(path);
    await page.keyboard.press('/');
    await page.keyboard.type('que');
    await page.keyboard.press('Enter');

    await page.locator('main h1', { hasText: 'Quenneville' }).waitFor();
    await page.context().close();
  }
});

test('arrows choose, Escape closes, and the focus returns', options, async () => {
  const page = await opened('/students');
  await page.getByRole('searchbox').waitFor();
  await page.getByRole('link', { name: 'New student' }).focus();
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Search students and lessons' });
  await field.fill('tremblay');
  await page.locator('dialog').getByRole('option').nth(1).waitFor();
  const chosen = async (): Promise<string | null> => {
    const id = await field.getAttribute('aria-activedescendant');
    return page.locator(`[id="${id}"][aria-selected="true"]`).textContent();
  };
  const texts = await page.locator('dialog').getByRole('option').allTextContents();
  assert.equal(await chosen(), texts[0]);
  await page.keyboard.press('ArrowDown');
  assert.equal(await chosen(), texts[1]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await chosen(), texts.at(-1), 'around the end');
  assert.match((await page.locator('dialog [role=status]').textContent()) ?? '', /\d+ students/);
  assert.deepEqual(await accessibilityProblems(page), []);

  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'New student');
  await page.context().close();
});

test('typing errors are forgiven, and the search says that the name is similar', options, async () => {
  const page = await opened('/');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.keyboard.type('quenevile');
  const option = page.locator('dialog').getByRole('option', { name: /Quenneville/ });
  await option.waitFor();
  assert.match((await option.textContent()) ?? '', /Similar name/);
  await page.locator('dialog').getByRole('combobox').fill('50142');
  await page
    .locator('dialog')
    .getByRole('option', { name: /MacDonald-Quist/ })
    .waitFor();
  await page.locator('dialog').getByRole('combobox').fill('xqzw');
  await page.getByText('Nothing matches “xqzw”').waitFor();
  await page.context().close();
});

test('results that were opened last are offered again, until the user signs out', options, async () => {
  const page = await opened('/');
  await page.keyboard.press('/');
  await page.keyboard.type('quenn');
  await page
    .locator('dialog')
    .getByRole('option', { name: /Quenneville/ })
    .click();
  await page.waitForSelector('.record');
  await page.keyboard.press('/');
  assert.match((await page.getByRole('listbox', { name: 'Opened last' }).textContent()) ?? '', /Quenneville/);
  await page.keyboard.press('Enter');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await page.locator('main h1', { hasText: 'Quenneville' }).waitFor();
  assert.doesNotMatch(JSON.stringify(await page.context().storageState()), /Quenneville/);
  await page.context().close();
});

test('the key can be turned off, Ctrl+K still works, and / can be typed into fields', options, async () => {
  const page = await opened('/students');
  const field = page.getByRole('searchbox');
  await field.focus();
  await page.keyboard.type('a/b');
  assert.equal(await field.inputValue(), 'a/b');
  await page.locator('main h1').click();
  await page.getByLabel('Press / to search').click();
  await page.locator('main h1').click();
  await page.keyboard.press('/');
  assert.equal(await page.locator('dialog').count(), 0);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search students and lessons' }).waitFor();
  await page.context().close();
});

test('on a phone, the search fills the screen; in both colour schemes, axe finds nothing', options, async () => {
  for (const look of [
    { width: 390, hasTouch: true },
    { width: 390, hasTouch: true, colorScheme: 'dark' },
    { width: 1_440 },
    { width: 1_440, colorScheme: 'dark' },
  ] as const) {
    const page = await opened('/', look);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const name = `search-${look.width}-${'colorScheme' in look ? look.colorScheme : 'light'}`;
    await page.getByText('Find a student by name').waitFor();
    await picture(page, `${name}-empty`);
    await page.keyboard.type('trem');
    await page.locator('dialog').getByRole('option').first().waitFor();
    await picture(page, name);
    const box = await page.locator('dialog').boundingBox();
    if (look.width === 390) assert.deepEqual([box?.x, box?.y, box?.width, box?.height], [0, 0, 390, 900]);
    const surplus = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    // Less than nothing: the open dialog takes the scroll bar's room away.
    assert.ok(surplus <= 0, `${name} is ${surplus} px too wide`);
    assert.deepEqual(await accessibilityProblems(page), [], name);
    await page.context().close();
  }
});

test('no script failed, and nothing violated the content security policy', options, () => {
  assert.deepEqual(scriptErrors, []);
});
