/**
 * Takes a picture of every page of the school and of the console, at five widths, light and dark, while all is well, in
 * an outage and after it: `npm run screenshots`, or `npm run screenshots -- --only breakers` for some pages. The pictures
 * go to `test-results/screenshots/`; pages that are wider than their window are named at the end. `--looks 390-light,720-dark`
 * takes some of the widths and colours only.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { launch } from '../apps/driving-school/test/chromium.ts';
import { databasePid, Program, signInAsOwner, until } from '../apps/driving-school/test/program.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, looks: { type: 'string', default: '' } },
});
const folder = fileURLToPath(new URL('../test-results/screenshots/', import.meta.url));
const widths = [390, 720, 1_024, 1_280, 1_440];
/** A page that shows its first numbers late in an outage is taken as it is after this long, in milliseconds. */
const settleLimitMs = 8_000;

await using program = await Program.start({ fresh: true, pages: true });
const client = await signInAsOwner(program);
const browser = await launch();

interface Listed {
  readonly id: string;
}
const listed = async (path: string): Promise<Listed[]> =>
  ((await (await client.fetch(path)).json()) as { data: Listed[] }).data;
const students = await listed('/api/students?limit=20');
const student = students[0]?.id ?? '';
const instructor = (await listed('/api/instructors'))[0]?.id ?? '';
const vehicle = (await listed('/api/vehicles'))[0]?.id ?? '';

interface Member {
  readonly id: string;
  readonly name: string;
}
/** The member that reads the list of students in the outage. */
const memberOf = async (kind: 'breakers' | 'retries'): Promise<string> => {
  const found = (await (await client.fetch(`/admin/api/v1/${kind}`)).json()) as Readonly<Record<string, Member[]>>;
  const members = found[kind] ?? [];
  return encodeURIComponent((members.find(({ name }) => name === 'database') ?? members[0])?.id ?? '');
};
const breaker = await memberOf('breakers');
const retry = await memberOf('retries');

/** Paths by the name of their picture. */
const signedIn: readonly (readonly [name: string, path: string])[] = [
  ['school-today', '/'],
  ['school-calendar', '/calendar'],
  ['school-calendar-cars', '/calendar?by=vehicle'],
  ['school-calendar-week', '/calendar?view=week'],
  ['school-day-sheet', '/day-sheet'],
  ['school-book', `/students/${student}/book`],
  ['school-plan', `/students/${student}/plan`],
  ['school-instructors', '/instructors'],
  ['school-instructor', `/instructors/${instructor}`],
  ['school-compliance', '/compliance'],
  ['school-cars', '/vehicles'],
  ['school-car', `/vehicles/${vehicle}`],
  ['school-car-new', '/vehicles/new'],
  ['school-settings', '/settings'],
  ['school-locations', '/settings/locations'],
  ['school-closed-days', '/settings/closed-days'],
  ['school-courses', '/settings/courses'],
  ['school-rules', '/settings/rules'],
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
  ['console-breaker', `/admin/#/breakers/${breaker}`],
  ['console-services', '/admin/#/services'],
  ['console-service', '/admin/#/services/database'],
  ['console-retries', '/admin/#/retries'],
  ['console-retry', `/admin/#/retries/${retry}`],
  ['console-errors', '/admin/#/errors'],
  ['console-logs', '/admin/#/logs'],
  ['console-map', '/admin/#/map?as=drawing'],
  ['console-map-table', '/admin/#/map?as=table'],
  ['console-settings', '/admin/#/settings'],
  ['console-revisions', '/admin/#/settings/revisions'],
  ['console-drills', '/admin/#/drills'],
  ['console-audit', '/admin/#/audit'],
  ['console-help', '/admin/#/help'],
  ['console-not-found', '/admin/#/nonsense'],
  ['console-plain', '/admin/plain'],
];
const signedOut: readonly (readonly [name: string, path: string])[] = [
  ['signed-out-sign-in', '/sign-in'],
  ['signed-out-welcome', '/welcome#nonsense'],
  ['signed-out-console-sign-in', '/admin/sign-in'],
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
      if (values.looks !== '' && !values.looks.split(',').includes(`${width}-${colorScheme}`)) continue;
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
