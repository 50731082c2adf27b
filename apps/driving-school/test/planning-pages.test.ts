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
  program = await Program.start({ pages: true, environment: { SCHOOL_NOW: '2026-03-08T16:00:00Z' } });
  browser = await launch();
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  const page = await newPage();
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await page.waitForSelector('main h1');
  await page.waitForURL((url) => url.pathname !== '/welcome');
  signedIn = await page.context().storageState();
  await page.context().close();
  await addSchool();
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
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) problems.push(message.text());
  });
  return page;
}

/** Sends a request as the owner. */
async function send(method: string, path: string, data?: unknown): Promise<{ readonly id: string }> {
  const context = await browser.newContext({ storageState: signedIn });
  const answer = await context.request.fetch(`${program.address}${path}`, {
    method,
    headers: { origin: new URL(program.address).origin },
    ...(data === undefined ? {} : { data }),
  });
  const body = await answer.text();
  await context.close();
  assert.ok(answer.ok(), `${method} ${path}: ${body}`);
  return (JSON.parse(body) as { readonly data: { readonly id: string } }).data;
}

let instructorId: string;

async function addSchool(): Promise<void> {
  await send('POST', '/api/locations', { name: 'Main', time_zone: 'America/Toronto', buffer_minutes: 15 });
  const hours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', to: '20:00' }));
  for (const name of ['Ines Instructor', 'Ivan Instructor']) {
    const { id } = await send('POST', '/api/instructors', {
      name,
      licence_number: 'DI-1234',
      licence_expires_on: '2029-01-01',
      contract_from: '2020-01-01',
    });
    instructorId ??= id;
    await send('PUT', `/api/instructors/${id}/hours`, { hours });
  }
  await send('POST', '/api/instructors', {
    name: 'Nora Nohours',
    licence_number: 'DI-9',
    licence_expires_on: '2029-01-01',
    contract_from: '2020-01-01',
  });
  for (const plate of ['ABCD 123', 'ABCD 124']) {
    await send('POST', '/api/vehicles', {
      plate,
      transmission: 'automatic',
      dual_brake: true,
      insurance_expires_on: '2029-01-01',
      registration_expires_on: '2029-01-01',
    });
  }
}

/** Adds a student with a course. @returns the address of the student's page */
async function addStudent(given: string): Promise<string> {
  const { id } = await send('POST', '/api/students', {
    legal_given_names: given,
    legal_family_name: 'Planner',
    birth_date: '2005-05-05',
    licence_class: 'G1',
    instructor_id: instructorId,
  });
  await send('POST', `/api/students/${id}/enrolments`, { kind: 'bde', course_started_on: '2026-03-02' });
  return `/students/${id}`;
}

/** Uses a page like a user, and counts keystrokes and clicks. */
class Hands {
  count = 0;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async click(name: string, role: 'button' | 'link' = 'button'): Promise<void> {
    this.count += 1;
    await this.#page.getByRole(role, { name, exact: true }).click();
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.count += 1;
      await this.#page.keyboard.press(key);
    }
  }
}

async function toast(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('.toast', { hasText: text }).waitFor();
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${program.address}${path}`);
  await page.getByRole('link', { name: 'Book next lesson' }).waitFor();
}

test('a clerk finds a student in 5 keystrokes and clicks; a name counts three', options, async () => {
  await addStudent('Fatima');
  const page = await newPage();
  await page.goto(`${program.address}/students`);
  await page.waitForSelector('tbody tr');
  const hands = new Hands(page);
  await hands.press('/');
  await page.keyboard.type('fatima planner');
  hands.count += 3;
  await page
    .getByRole('dialog')
    .getByRole('option', { name: /Planner, Fatima/ })
    .waitFor();
  await hands.press('Enter');
  await page.getByRole('link', { name: 'Book next lesson' }).waitFor();

  assert.ok(hands.count <= 5, `${hands.count}`);
  await page.context().close();
});

test('the next lesson is booked from the student’s page with two keystrokes, and undone', options, async () => {
  const student = await addStudent('Berta');
  const page = await newPage();
  await open(page, student);
  const hands = new Hands(page);
  await hands.click('Book next lesson', 'link');
  await page.waitForSelector('.slot:focus');
  assert.match(await page.locator('.slot:focus').innerText(), /Ines Instructor/, 'the student’s own instructor');
  const best = await page.locator('.slot:focus strong').innerText();
  await hands.press('Enter');
  await toast(page, /Booked Mon.* with Ines Instructor \(L-/);
  await page.waitForURL((url) => url.pathname === student);

  assert.ok(hands.count <= 11, `${hands.count} keystrokes and clicks`);
  assert.equal(best.slice(0, 5), '08:00');
  await page.getByRole('button', { name: 'Undo' }).click();
  await toast(page, 'The booking was undone.');
  await page.context().close();
});

test('arrow keys move between free times and days, and filters search again', options, async () => {
  const student = await addStudent('Carla');
  const page = await newPage();
  await page.goto(`${program.address}${student}/book`);
  await page.waitForSelector('.slot:focus');
  const focused = () => page.locator('.slot:focus').getAttribute('data-key');
  const first = await focused();
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await focused(), first);
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), first);
  await page.keyboard.press('ArrowRight');
  assert.match((await focused()) ?? '', /^2026-03-10/);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), first);
  await page.getByText(/instructors? ha(s|ve) no free time: why\?/).click();
  await page.getByText('Nora Nohours has no working hours.').waitFor();
  await page.getByLabel('Instructor').selectOption({ label: 'Ivan Instructor' });
  await page.locator('.slot', { hasText: 'Ines' }).first().waitFor({ state: 'detached' });
  await page.getByLabel('Instructor').selectOption({ label: 'Nora Nohours' });
  await page.getByText('No free time', { exact: true }).waitFor();
  await page.context().close();
});

test('a time that was taken meanwhile is refused in place, and the list shows what is free', options, async () => {
  const student = await addStudent('Dora');
  const other = await addStudent('Emil');
  const [page, rival] = [await newPage(), await newPage()];
  for (const [each, path] of [
    [page, student],
    [rival, other],
  ] as const) {
    await each.goto(`${program.address}${path}/book`);
    await each.waitForSelector('.slot:focus');
  }
  const wanted = await page.locator('.slot:focus').getAttribute('data-key');
  await rival.keyboard.press('Enter');
  await toast(rival, /Booked/);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This time is taken').waitFor();
  await page.locator(`.slot[data-key="${wanted}"]`).waitFor({ state: 'detached' });
  await page.context().close();
  await rival.context().close();
});

test('a whole course is planned and booked with three clicks from the student’s page', options, async () => {
  const student = await addStudent('Greta');
  const page = await newPage();
  await open(page, student);
  const hands = new Hands(page);
  await hands.click('Plan course', 'link');
  await page.getByRole('button', { name: 'Wednesday' }).waitFor();
  await hands.click('Wednesday');
  await page.getByText('All 10 have a time').waitFor();
  await hands.click('Book all 10');
  await toast(page, /10 lessons booked, until/);
  await page.waitForURL((url) => url.pathname === student);

  assert.ok(hands.count <= 15, `${hands.count} keystrokes and clicks`);
  await page.context().close();
});

test('when a lesson of the plan is taken meanwhile, only that one is planned again', options, async () => {
  const student = await addStudent('Hanna');
  const rival = await addStudent('Igor');
  const page = await newPage();
  await page.goto(`${program.address}${student}/plan`);
  await page.getByRole('button', { name: 'Thursday' }).click();
  await page.getByText('All 10 have a time').waitFor();
  await page.getByLabel('Instructor').selectOption({ label: 'Ivan Instructor' });
  await page.locator('.planned li', { hasText: 'Ivan' }).first().waitFor();
  const other = await newPage();
  await other.goto(`${program.address}${rival}/plan`);
  await other.getByRole('button', { name: 'Thursday' }).click();
  await other.getByLabel('Instructor').selectOption({ label: 'Ivan Instructor' });
  await other.getByRole('textbox', { name: 'Lessons' }).fill('2');
  await other.getByRole('button', { name: 'Book all 2' }).click();
  await toast(other, /2 lessons booked/);
  await page.getByRole('button', { name: 'Book all 10' }).click();
  await page.getByRole('alert').getByText('The plan has changed').waitFor();
  await page.locator('.planned .badge').nth(1).waitFor();
  assert.equal(await page.locator('.planned .badge').count(), 2);
  await page.getByRole('button', { name: 'Book all 10' }).click();
  await toast(page, /10 lessons booked/);
  await page.context().close();
  await other.context().close();
});

test(
  'the times of a plan are typed on the 24-hour clock, or in other ways that people write them',
  options,
  async () => {
    const student = await addStudent('Lena');
    const page = await newPage();
    await page.goto(`${program.address}${student}/plan`);
    await page.getByRole('button', { name: 'Thursday' }).click();
    const from = page.getByRole('textbox', { name: 'Thursday from' });
    assert.equal(await from.inputValue(), '15:00');
    await from.fill('4.30 pm');
    await page.keyboard.press('Tab');
    assert.equal(await from.inputValue(), '16:30');
    await page
      .locator('.planned-time')
      .filter({ hasText: /^(1[67]|18|19):/ })
      .first()
      .waitFor();
    await from.fill('soon');
    await page.keyboard.press('Enter');
    assert.equal(await from.inputValue(), '16:30', 'a text that is not a time is put back');
    await page.context().close();
  },
);

test('a lesson of a plan gets another time by hand', options, async () => {
  const student = await addStudent('Jana');
  const page = await newPage();
  await page.goto(`${program.address}${student}/plan`);
  await page.getByRole('button', { name: 'Friday' }).click();
  await page.getByText('All 10 have a time').waitFor();
  await page.getByRole('button', { name: /^Change the lesson on Fri, Mar 20/ }).click();
  await page.waitForSelector('dialog .slot');
  await page.locator('dialog .slot[data-day="2026-03-23"]').first().click();
  await page.locator('.planned').getByText('Mon, Mar 23').waitFor();
  await page.getByText('All 10 have a time').waitFor();
  assert.equal(await page.locator('.planned').getByText('Fri, Mar 20').count(), 0);
  await page.context().close();
});

test('the planning pages fit at 390 and 1,280 px, light and dark, without violations', options, async () => {
  const student = await addStudent('Karla');
  for (const width of [390, 1_280]) {
    const page = await newPage(width);
    const note = async (name: string): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await picture(page, `planning-${name}-${width}-${colorScheme}`, { fullPage: true });
        const surplus = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        if (Number(surplus) > 0) problems.push(`${name} at ${width} is ${String(surplus)} px too wide`);
        const found = await accessibilityProblems(page, colorScheme === 'light' ? 'all' : 'colours');
        problems.push(...found.map((problem) => `${name} at ${width}, ${colorScheme}: ${problem}`));
      }
    };
    await page.goto(`${program.address}${student}/book`);
    await page.waitForSelector('.slot');
    await page.locator('.why-not summary').click();
    await note('book');
    await page.goto(`${program.address}${student}/plan`);
    await page.getByRole('button', { name: 'Monday' }).click();
    await page.getByText('All 10 have a time').waitFor();
    await note('plan');
    await page.getByRole('textbox', { name: 'Lessons' }).fill('60');
    await page.getByText('Why was no time found?').click();
    await note('unplaced');
    await page.context().close();
  }
});

test('no page threw an error, broke the content security policy or an accessibility rule', options, () => {
  assert.deepEqual(problems, []);
});
