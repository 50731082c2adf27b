/** The start page in a real browser: each role, without violations, during an outage, and with a clock that is set. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { accessibilityProblems } from './axe.ts';
import { launch, missing, release } from './chromium.ts';
import { picture } from './pictures.ts';
import { Client, databasePid, Program, signInAsOwner } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let program: Program;
let browser: Browser;
let owner: Client;
const problems: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  // A Tuesday, 11:10 in Toronto.
  const environment = { DEMO_DATA: 'S', SCHOOL_NOW: '2026-03-10T15:10:00Z' };
  program = await Program.start({ pages: true, environment });
  browser = await launch();
  owner = await signInAsOwner(program);
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

/** Opens the start page as a user. */
async function todayOf(client: Client, width = 1_440): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  const [name = '', value = ''] = client.cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: program.address }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  await page.addInitScript(`globalThis.print = () => { globalThis.printed = true; };
    addEventListener('securitypolicyviolation', (event) => { (globalThis.violated ??= []).push(event.violatedDirective); })`);
  await page.goto(program.address);
  await page.getByRole('heading', { name: 'On now' }).waitFor();
  return page;
}

/** Invites somebody and uses the link. */
async function joined(name: string, role: string): Promise<Client> {
  const email = `${role}@example.com`;
  const invited = (await (await owner.post('/api/users', { name, email, role })).json()) as { link: { url: string } };
  const answer = await fetch(`${program.address}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: invited.link.url.split('#')[1], name, email, password: `a passphrase for ${role}` }),
  });
  assert.equal(answer.status, 200);
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return new Client(program.address, cookies.find((cookie) => cookie.includes('school_session=')) ?? '');
}

test(
  'Today shows lessons, free time and what needs somebody, fits, and breaks no rule of accessibility or policy',
  options,
  async () => {
    const page = await todayOf(owner);
    await page.getByText('Tuesday, March 10, 2026').waitFor();
    await page.getByText(/^Test on Thu, Mar 12, 2026, \d\d:\d\d; can be cancelled until Tue, Mar 10, 2026, /).waitFor();
    for (const name of ['Next for each instructor', 'Free today', 'Needs attention']) {
      await page.getByRole('heading', { name }).waitFor();
    }
    const found: string[] = [];
    for (const width of [390, 1_024, 1_440]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `today-${width}-${colorScheme}`, { fullPage: true });
        found.push(...(await accessibilityProblems(page, colorScheme === 'light' ? 'all' : 'colours')));
      }
      const surplus = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (surplus > 0) found.push(`${surplus} px too wide at ${width} px`);
    }
    assert.deepEqual(found, []);
    assert.equal(await page.evaluate('globalThis.violated?.join()'), undefined);
    await page.context().close();
  },
);

test('a set clock is shown on every page, with its date', options, async () => {
  const page = await todayOf(owner);
  await page.getByText(/the school’s clock is set to Mar 10, 2026, /).waitFor();
  await page.getByRole('link', { name: 'Students' }).click();
  await page.waitForSelector('tbody tr');
  await page.getByText(/the school’s clock is set to Mar 10, 2026, /).waitFor();
  await page.context().close();
});

test('a clerk prints tomorrow’s day sheet with two clicks from the start page', options, async () => {
  const page = await todayOf(await joined('Olga Office', 'office'));
  await page.getByRole('link', { name: 'Tomorrow’s day sheet' }).click();
  await page.waitForURL('**/day-sheet/2026-03-11');
  await page.locator('main').getByRole('button', { name: 'Print' }).click();
  assert.equal(await page.evaluate('globalThis.printed'), true);
  await page.context().close();
});

test(
  'on a telephone, a week begins with today’s column, and the list names the column to which the user swipes',
  options,
  async () => {
    const page = await todayOf(owner, 390);
    await page.goto(`${program.address}/calendar?view=week`);
    const chosen = page.locator('.calendar-column-choice option:checked');
    await chosen.filter({ hasText: 'Tue 10' }).waitFor({ state: 'attached' });
    const isInView = (index: number): Promise<boolean> =>
      page.evaluate((nth) => {
        const pane = document.querySelector('.calendar-pane')?.getBoundingClientRect();
        const column = document.querySelectorAll('.calendar-column')[nth]?.getBoundingClientRect();
        return pane !== undefined && column !== undefined && column.left >= pane.left && column.right <= pane.right + 1;
      }, index);
    assert.equal(await isInView(1), true);

    await page.locator('.calendar-pane').evaluate((pane) => pane.scrollTo({ left: pane.scrollWidth }));
    await chosen.filter({ hasText: 'Sun 15' }).waitFor({ state: 'attached' });
    await page.context().close();
  },
);

test('an instructor sees only their own day', options, async () => {
  const page = await todayOf(await joined('Ines Instructor', 'instructor'));
  await page.getByRole('heading', { name: 'Your next lesson' }).waitFor();
  await page.getByText('There are no more lessons today.').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Documents' }).count(), 0);
  await page.context().close();
});

test(
  'in an outage the lessons are a copy with its age by the school’s clock, and the list says why it is closed',
  options,
  async () => {
    const page = await todayOf(owner);
    const killing = setInterval(() => {
      databasePid(owner)
        .then((pid) => process.kill(pid, 'SIGKILL'))
        .catch(() => undefined);
    }, 30);
    try {
      await page.waitForTimeout(1_000);
      await page.reload();
      const age = page.getByText(/^Copy from \d\d:\d\d \((just now|\d+ (s|min) ago)\)$/);
      await age.first().waitFor();
      await page.getByText('This list needs the database, which is not answering.').waitFor();
      await picture(page, 'today-outage');
    } finally {
      clearInterval(killing);
    }
    await page.context().close();
    assert.deepEqual(problems, []);
  },
);
