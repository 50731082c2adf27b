/**
 * Takes a picture of every page of the school and of the console, at five widths, light and dark, while all is well, in
 * an outage and after it: `npm run screenshots`, or `npm run screenshots -- --only breakers` for some pages. The pictures
 * go to `test-results/screenshots/`; pages that are wider than their window are named at the end.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { launch } from '../apps/driving-school/test/chromium.ts';
import { databasePid, Program, signInAsOwner, until } from '../apps/driving-school/test/program.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const folder = fileURLToPath(new URL('../test-results/screenshots/', import.meta.url));
const widths = [390, 720, 1_024, 1_280, 1_440];
/** A page that shows its first numbers late in an outage is taken as it is after this long, in milliseconds. */
const settleLimitMs = 8_000;

await using program = await Program.start({ fresh: true, environment: { SKIP_BUILD: 'no' } });
const client = await signInAsOwner(program);
const browser = await launch();

interface Student {
  readonly id: string;
}
const { data: students } = (await (await client.fetch('/api/students?limit=20')).json()) as { data: Student[] };
const student = students[0]?.id ?? '';

/** Paths by the name of their picture. */
const signedIn: readonly (readonly [name: string, path: string])[] = [
  ['school-students', '/students'],
  ['school-search', '/students?q=a'],
  ['school-student', `/students/${student}`],
  ['school-student-edit', `/students/${student}/edit`],
  ['school-student-new', '/students/new'],
  ['school-import', '/students/import'],
  ['school-people', '/people'],
  ['school-account', '/account'],
  ['school-audit', '/audit'],
  ['school-not-found', '/nonsense'],
  ['school-no-student', '/students/nope'],
  ['console-now', '/admin/#/'],
  ['console-incidents', '/admin/#/incidents'],
  ['console-incident', '/admin/#/incidents/1'],
  ['console-breakers', '/admin/#/breakers'],
  ['console-breaker', '/admin/#/breakers/lists.database'],
  ['console-services', '/admin/#/services'],
  ['console-service', '/admin/#/services/database'],
  ['console-retries', '/admin/#/retries'],
  ['console-errors', '/admin/#/errors'],
  ['console-logs', '/admin/#/logs'],
  ['console-map', '/admin/#/map?as=drawing'],
  ['console-settings', '/admin/#/settings'],
  ['console-drills', '/admin/#/drills'],
  ['console-audit', '/admin/#/audit'],
  ['console-help', '/admin/#/help'],
  ['console-plain', '/admin/plain'],
];
const signedOut: readonly (readonly [name: string, path: string])[] = [
  ['signed-out-sign-in', '/sign-in'],
  ['signed-out-welcome', '/welcome#nonsense'],
  ['signed-out-console', '/admin/sign-in'],
];
const wanted = ([name]: readonly [string, string]): boolean => name.includes(values.only);
const tooWide = new Set<string>();

/** Lists, searches and records are read all the while, so that there is something to see. */
const over = new AbortController();
const work = (async () => {
  for (let number = 0; !over.signal.aborted; number += 1) {
    const id = students[number % students.length]?.id ?? '';
    const paths = ['/api/students?limit=20', `/api/students?q=${'abcdefgh'[number % 8]}`, `/api/students/${id}`];
    await Promise.allSettled(paths.map(async (path) => (await client.fetch(path)).arrayBuffer()));
    await pause(100);
  }
})();

await pause(4_000);
await takeAll('healthy');

const mended = new AbortController();
const killing = (async () => {
  while (!mended.signal.aborted) {
    await databasePid(client)
      .then((pid) => process.kill(pid, 'SIGKILL'))
      .catch(() => undefined);
    await pause(30);
  }
})();
await pause(5_000);
await takeAll('outage');
mended.abort();
await killing;

await until('the program is ready again', async () => (await fetch(`${program.address}/readyz`)).ok);
await pause(5_000);
await takeAll('after');

over.abort();
await work;
await browser.close();
process.stdout.write(
  tooWide.size === 0 ? 'No page is wider than its window.\n' : `Wider than the window:\n${[...tooWide].join('\n')}\n`,
);

async function takeAll(state: string): Promise<void> {
  for (const width of widths) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const look = { viewport: { width, height: 900 }, colorScheme };
      const context = await browser.newContext(look);
      const [name = '', value = ''] = client.cookie.split(/=(.*)/s);
      await context.addCookies([{ name, value, url: program.address }]);
      for (const page of signedIn.filter(wanted)) await take(context, state, `${width}-${colorScheme}`, page);
      await context.close();
      const stranger = await browser.newContext(look);
      for (const page of signedOut.filter(wanted)) await take(stranger, state, `${width}-${colorScheme}`, page);
      await stranger.close();
    }
  }
}

async function take(
  context: BrowserContext,
  state: string,
  look: string,
  [name, path]: readonly [string, string],
): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${program.address}${path}`);
  await settled(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) tooWide.add(`${state} ${look} ${name}: ${overflow} px`);
  const to = `${folder}${state}/${look}/`;
  mkdirSync(to, { recursive: true });
  await page.screenshot({ path: `${to}${name}.jpg`, type: 'jpeg', quality: 70, fullPage: true });
  await page.close();
}

async function settled(page: Page): Promise<void> {
  await page
    .waitForFunction(
      () => document.querySelector('h1') !== null && document.querySelector('[aria-busy="true"]') === null,
      undefined,
      { timeout: settleLimitMs },
    )
    .catch(() => undefined);
  // Charts are fetched when they are wanted.
  await page.waitForTimeout(300);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
