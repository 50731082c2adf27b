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
const problems: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true });
  browser = await launch();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function newPage(
  look: { width: number; height: number; colorScheme?: 'light' | 'dark' } = { width: 1440, height: 900 },
): Promise<Page> {
  const { width, height, colorScheme = 'light' } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    ...(signedIn === undefined ? {} : { storageState: signedIn }),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) problems.push(message.text());
  });
  return page;
}

test(
  'the owner opens the link, searches for a student, corrects an invalid phone number, and saves',
  options,
  async () => {
    const [link] = await program.line(/http:\S+\/welcome#\S+/);
    const page = await newPage();
    await page.goto(link);
    await page.fill('#welcome-name', 'Olive Owner');
    await page.fill('#welcome-email', 'olive@example.com');
    await page.fill('#welcome-password', ownerPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
    signedIn = await page.context().storageState();

    await page.getByRole('link', { name: 'Students' }).click();
    await page.waitForSelector('tbody tr');
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('trem');
    await page.waitForFunction(() =>
      [...document.querySelectorAll('tbody tr')].every((row) => /trem/i.test(row.textContent ?? '')),
    );
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.record dl');
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.fill('#student-phone', '613 555');
    await page.getByRole('button', { name: 'Save changes' }).click();
    const problem = await page.locator('#student-phone-problem').textContent();
    await page.fill('#student-phone', '613 555 0142');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForSelector('.record dl');

    assert.match(problem ?? '', /digits/);
    assert.match((await page.locator('.record').textContent()) ?? '', /613.555.0142/);
    await page.context().close();
  },
);

test('the operator restarts the database from /admin with a reason and sees the result', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/admin/`);
  await page.getByText(/^Live · as of/).waitFor();
  await page.getByRole('button', { name: 'Restart database' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cancel');
  await dialog.getByRole('button', { name: 'Restart database' }).click();
  await dialog.getByText('Enter a reason of 3 to 500 characters.').waitFor();
  await dialog.getByLabel('Reason').fill('to see that it comes back');
  await dialog.getByRole('button', { name: 'Restart database' }).click();

  await dialog.getByText('Done', { exact: true }).waitFor();
  await picture(page, 'admin-restarted');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('to see that it comes back').first().waitFor();
  await page.context().close();
});

test('a breaker is tripped and reset from /admin, and the page shows who did it and why', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/admin/#/breakers/${encodeURIComponent('database-read.database')}`);
  for (const [button, action, reason, state] of [
    ['Trip database', 'Trip database', 'the vendor works on it', 'Open: calls are blocked'],
    ['Close and reset database', 'Reset database', 'it is done', 'Closed: calls flow'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: action }).click();
    await dialog.getByText('Done', { exact: true }).waitFor();
    await picture(page, `admin-${action.split(' ')[0]?.toLowerCase()}`, { fullPage: true });
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.locator('.standing').getByText(state).waitFor();
  }
  await page.goto(`${program.address}/admin/`);
  await page.getByText('By Olive Owner').first().waitFor();
  await page.context().close();
});

test(
  'while an operator isolates the database the school names the operator and the end, and Edit is closed',
  options,
  async () => {
    const page = await newPage({ width: 1280, height: 900 });
    await page.goto(`${program.address}/students`);
    await page.locator('tbody tr a').first().click();
    await page.getByRole('link', { name: 'Edit' }).waitFor();
    const invitation = await page.context().newPage();
    await invitation.goto(`${program.address}/people`);
    await invitation.getByRole('button', { name: 'Invite someone' }).click();
    const admin = await newPage();
    await admin.goto(`${program.address}/admin/#/breakers/${encodeURIComponent('database-read.database')}`);
    const order = async (button: string, reason: string): Promise<void> => {
      await admin.getByRole('button', { name: button, exact: true }).click();
      await admin.getByRole('dialog').getByLabel('Reason').fill(reason);
      await admin.getByRole('dialog').getByRole('button', { name: button }).click();
      await admin.getByRole('dialog').getByText('Done', { exact: true }).waitFor();
      await admin.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    };

    await order('Isolate database', 'the server is moved');
    // Returning to the tab checks immediately instead of within 15 s.
    await page.reload();
    // With the date when the isolation ends after midnight.
    await page.getByText(/^An operator has isolated the database until (.+ )?\d\d:\d\d$/).waitFor();
    const edit = page.getByRole('button', { name: 'Edit' });
    await edit.waitFor();
    assert.match(
      (await edit.getAttribute('title')) ?? '',
      /An operator has isolated the database until (.+ )?\d\d:\d\d/,
    );
    assert.equal(await page.getByText('The database is not answering').count(), 0);
    await picture(page, 'isolated-1280-light');
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, 'isolated-390-light');
    // The banner is behind an open dialog, which must show the reason as well.
    await invitation
      .getByRole('dialog')
      .getByRole('status')
      .filter({ hasText: /An operator has isolated the database until (.+ )?\d\d:\d\d/ })
      .waitFor();
    await picture(invitation, 'isolated-dialog');
    await admin.goto(`${program.address}/admin/`);
    await admin.getByText('An operator has isolated the database.').first().waitFor();
    await picture(admin, 'admin-isolated', { fullPage: true });
    await admin.goto(`${program.address}/admin/#/breakers/${encodeURIComponent('database-read.database')}`);
    await order('Release database', 'it is back');
    await page.getByRole('link', { name: 'Edit' }).waitFor();
    await page.context().close();
    await admin.context().close();
  },
);

test('draining is shown as done only after the web server is observed draining', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/admin/#/services/web`);
  for (const [action, seen] of [
    ['Drain', 'Draining since'],
    ['Admit', 'Up since'],
  ] as const) {
    await page.getByRole('button', { name: `${action} web server`, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('a restart of the machine');
    await dialog.getByRole('button', { name: `${action} web server` }).click();
    await dialog.getByText('Observed').waitFor();
    assert.match((await dialog.textContent()) ?? '', new RegExp(seen));
    await dialog.getByRole('button', { name: 'Close' }).last().click();
  }
  await page.context().close();
});

test(
  'every page is free of accessibility violations and fits, on a phone and a desk, light and dark',
  options,
  async () => {
    const found: string[] = [];
    for (const [width, height] of [
      [1440, 900],
      [375, 812],
    ] as const) {
      const page = await newPage({ width, height });
      await page.goto(`${program.address}/students`);
      await page.waitForSelector('tbody tr');
      const student = await page.locator('tbody tr a').first().getAttribute('href');
      for (const path of [
        '/',
        '/students',
        student ?? '',
        `${student}/edit`,
        '/students/new',
        '/students/import',
        '/people',
        '/audit',
        '/admin/',
      ]) {
        await page.goto(`${program.address}${path}`);
        await page.waitForSelector('h1');
        await page.waitForLoadState('load');
        if (path === '/admin/') await page.getByText(/^Live · as of/).waitFor();
        const named = path === student ? 'student' : path.replace(student ?? '-', 'student');
        const name = named.replaceAll('/', '-').replace(/^-|-$/g, '') || 'today';
        // The elements are the same in both schemes, so rules that don't depend on colours run once.
        for (const [colorScheme, rules] of [
          ['light', 'all'],
          ['dark', 'colours'],
        ] as const) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `${name}-${width}-${colorScheme}`, { fullPage: path === '/admin/' });
          const where = `${path} at ${width} px, ${colorScheme}`;
          found.push(...(await accessibilityProblems(page, rules)).map((problem) => `${where}: ${problem}`));
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (overflow > 0) found.push(`${where}: ${overflow} px too wide`);
        }
      }
      await page.context().close();
    }

    assert.deepEqual(found, []);
    assert.deepEqual(problems, [], 'no script error and no violated policy on any page');
  },
);
