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
const scriptErrors: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true });
  browser = await launch();
  const [link] = await program.line(/http:\S+\/welcome#\S+/);
  const page = await newPage();
  await page.goto(link);
  await page.fill('#welcome-name', 'Olive Owner');
  await page.fill('#welcome-email', 'olive@example.com');
  await page.fill('#welcome-password', ownerPassword);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Today', level: 1 }).waitFor();
  signedIn = await page.context().storageState();
  await page.context().close();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

interface Look {
  readonly width: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Device pixels for one of the page's: 2 is a zoom of 200 %. Default 1. */
  readonly zoom?: number;
}

async function newPage({ width, height = 900, colorScheme = 'light', zoom = 1 }: Look = { width: 1280 }) {
  const context = await browser.newContext({
    viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
    deviceScaleFactor: zoom,
    colorScheme,
    ...(signedIn === undefined ? {} : { storageState: signedIn }),
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => scriptErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) scriptErrors.push(message.text());
  });
  return page;
}

/** Controls that are outside the page or overlap other controls. */
async function layoutProblems(page: Page): Promise<string[]> {
  // The compiler of the tests adds calls of a helper that the page doesn't have.
  await page.evaluate('globalThis.__name ??= (named) => named');
  return page.evaluate(() => {
    const found: string[] = [];
    const name = (element: Element): string =>
      `${element.tagName.toLowerCase()} "${(element.textContent || element.getAttribute('aria-label') || '').trim().slice(0, 40)}"`;
    const surplus = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (surplus > 0) found.push(`the page is ${surplus} px too wide`);
    const controls = [...document.querySelectorAll('main button, main select, main input, main textarea, main a')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      // Row links and hidden inputs of labels overlap others on purpose.
      .filter((element) => !element.matches('.row-link, .visually-hidden, .segments input'))
      .filter((element) => element.closest('.form-bar, .table-scroll') === null);
    const boxes = controls.map((element) => ({ element, box: element.getBoundingClientRect() }));
    for (const [index, one] of boxes.entries()) {
      if (one.box.width > 0 && one.box.right > document.documentElement.clientWidth + 1) {
        found.push(`${name(one.element)} sticks out`);
      }
      for (const other of boxes.slice(index + 1)) {
        if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
        // A button inside a control, such as the one that clears a search, belongs there.
        if (one.element.parentElement === other.element.parentElement && one.element.matches('input')) continue;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 2 && down > 2) found.push(`${name(one.element)} lies over ${name(other.element)}`);
      }
    }
    return found;
  });
}

async function firstStudent(page: Page): Promise<string> {
  await page.goto(`${program.address}/students`);
  await page.waitForSelector('tbody tr');
  return (await page.locator('tbody tr a').first().getAttribute('href')) ?? '';
}

const csv = (rows: readonly string[]) => ({
  name: 'students.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(`Last Name,First Name,Date of birth\n${rows.join('\n')}\n`),
});

/** Widths at which the structure of the pages differs: what axe finds at others, it finds here. */
const withAxe: ReadonlySet<number> = new Set([390, 1_280]);

const looks: readonly (Look & { readonly name: string })[] = [
  ...[320, 390, 720, 1_024, 1_280, 1_440].map((width) => ({ name: `${width}`, width })),
  { name: '1280-zoom-200', width: 1_280, zoom: 2 },
];
/** The elements are the same in both schemes, so rules that don't depend on colours run once. */
const schemes = [
  ['light', 'all'],
  ['dark', 'colours'],
] as const;

test(
  'student pages fit from 320 to 1,440 px and at 200 % zoom, light and dark, without violations',
  options,
  async () => {
    const found: string[] = [];
    for (const look of looks) {
      const page = await newPage(look);
      const student = await firstStudent(page);
      const note = async (name: string): Promise<void> => {
        for (const [colorScheme, rules] of schemes) {
          await page.emulateMedia({ colorScheme });
          await picture(page, `students-${name}-${look.name}-${colorScheme}`, { fullPage: true });
          const problems = await layoutProblems(page);
          if (withAxe.has(look.width)) problems.push(...(await accessibilityProblems(page, rules)));
          found.push(...problems.map((problem) => `${name} at ${look.name}, ${colorScheme}: ${problem}`));
        }
      };
      await note('list');
      for (const [name, path, ready] of [
        ['record', student, '.record dl'],
        ['edit', `${student}/edit`, '#student-phone'],
        ['new', '/students/new', '#student-phone'],
        ['unknown', '/students/nope', 'text=There is no such student'],
        ['import', '/students/import', '.drop-zone'],
      ] as const) {
        await page.goto(`${program.address}${path}`);
        await page.waitForSelector(ready);
        await note(name);
      }
      await page.setInputFiles(
        'input[type=file]',
        csv(['Côté,Zoé,03/09/2008', 'Roy,Luc,2008-03-09', 'Roy,Luc,2008-03-09']),
      );
      await page.getByText('Result of the check').waitFor();
      await note('import-checked');
      await page.context().close();
    }

    assert.deepEqual(found, []);
    assert.deepEqual(scriptErrors, [], 'no script error and no violated policy on any page');
  },
);

test(
  'search, filter, order and rows shown survive Back and a reload; the count says how many there are',
  options,
  async () => {
    const page = await newPage({ width: 1_280 });
    await firstStudent(page);
    await page.getByLabel('Sort by').selectOption({ label: 'Last change' });
    // Until the list is there in its new order, "Show more" has nothing to add to.
    await page.waitForFunction(
      () =>
        location.search.includes('sort=updated') &&
        document.querySelector('.student-results')?.getAttribute('aria-busy') === 'false',
    );
    for (const rows of [100, 150]) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.waitForFunction((count) => document.querySelectorAll('tbody tr').length === count, rows);
    }
    const counted = (await page.locator('#student-count').textContent()) ?? '';
    await page.locator('tbody tr a').nth(140).scrollIntoViewIfNeeded();
    const scrolled = await page.evaluate(() => scrollY);
    await page.locator('tbody tr a').nth(140).click();
    await page.waitForSelector('.record dl');
    await page.goBack();
    await page.waitForFunction((offset) => Math.abs(scrollY - offset) < 5, scrolled);
    const afterBack = await page.locator('tbody tr').count();
    await page.reload();
    await page.waitForFunction((offset) => Math.abs(scrollY - offset) < 5, scrolled);
    const afterReload = await page.locator('tbody tr').count();

    assert.match(counted, /^First 150 of [\d,]+ students$/);
    assert.deepEqual([afterBack, afterReload], [150, 150]);
    assert.equal(await page.getByLabel('Sort by').inputValue(), 'updated');

    await page.getByRole('searchbox').fill('tremblay');
    await page.getByText(/^\d+ students? found$/).waitFor();
    await page.getByText('All', { exact: true }).first().click();
    await page.waitForFunction(() => location.search.includes('status=all'));
    await page.reload();
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('input[type="search"]')?.value === 'tremblay',
    );
    await page.getByText(/^\d+ students? found$/).waitFor();
    await page.getByRole('searchbox').fill('A1234-56789-01234');
    await page.waitForFunction(() => !location.search.includes('q='));
    await page.context().close();
  },
);

test(
  'a reload in the middle of an edit keeps what was typed, but no licence number, until it is saved',
  options,
  async () => {
    const page = await newPage({ width: 1_280 });
    page.on('dialog', (dialog) => void dialog.accept());
    const student = await firstStudent(page);
    await page.goto(`${program.address}${student}/edit`);
    await page.locator('#student-notes').fill('Prefers evenings.');
    await page.locator('#student-licence_number').fill('T1234-56789-01234');
    await page.reload();
    await page.getByText('Your unsaved changes were restored').waitFor();
    assert.equal(await page.locator('#student-notes').inputValue(), 'Prefers evenings.');
    assert.equal(await page.locator('#student-licence_number').inputValue(), '');
    await page.getByText('For security, the licence number was not kept.').waitFor();

    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.waitForSelector('.record dl');
    const kept = await page.evaluate(() =>
      Object.keys(sessionStorage).filter((key) => key.startsWith('student-draft')),
    );
    assert.deepEqual(kept, []);
    await page.getByText('by Olive Owner').waitFor();
    await page.context().close();
  },
);

test('an import shows accents, marks existing students, and can skip their rows', options, async () => {
  const page = await newPage({ width: 1_280 });
  const choose = (rows: readonly string[]) => page.setInputFiles('input[type=file]', csv(rows));
  await page.goto(`${program.address}/students/import`);
  await choose(['Étrangère,Zoé,09/03/2008']);
  await page.getByText('Choose whether this file has the month or the day first').waitFor();
  await page.getByLabel('Dates in the file').selectOption({ label: 'Day first: 09/03/2008' });
  await page.getByRole('cell', { name: 'Zoé' }).waitFor();
  await page.getByRole('button', { name: 'Add 1 student' }).click();
  await page.getByText('1 student was added.').first().waitFor();

  await choose(['Étrangère,Zoé,09/03/2008', 'Étrangère,Luc,10/03/2008']);
  await page.locator('p', { hasText: '1 student already exists.' }).waitFor();
  await page.getByRole('button', { name: 'Skip existing students' }).click();
  await page.locator('p', { hasText: '1 student who already exists will be skipped.' }).waitFor();
  await page.getByRole('button', { name: 'Add 1 student' }).click();
  await page.getByText('1 row was skipped').waitFor();

  await page.setInputFiles('input[type=file]', {
    name: 'students.xlsx',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0]),
  });
  await page.getByText('This is an Excel workbook, not a CSV file.').waitFor();
  await choose(Array.from({ length: 5_001 }, () => 'Roy,Luc,2008-03-09'));
  await page.getByText('The file has 5,001 rows; at most 5,000 can be imported at once.').waitFor();
  assert.deepEqual(scriptErrors, []);
  await page.context().close();
});

test('an invalid student address shows one message, without a request', options, async () => {
  const page = await newPage({ width: 1_280 });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/students/')) asked.push(request.url());
  });
  for (const path of ['/students/nope', '/students/nope/edit']) {
    await page.goto(`${program.address}${path}`);
    await page.getByRole('heading', { name: 'There is no such student' }).waitFor();
  }
  await page.goto(`${program.address}/students/018f0000-0000-7000-8000-00000000000f`);
  await page.getByRole('heading', { name: 'There is no such student' }).waitFor();
  assert.equal(asked.length, 1);
  await page.context().close();
});
