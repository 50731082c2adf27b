/**
 * Takes the pictures of the README from the running program, with the fictional school of size M on a fixed morning:
 * `npm run pictures`. They go to `docs/pictures/`.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch } from '../apps/driving-school/test/chromium.ts';
import { Program, signInAsOwner } from '../apps/driving-school/test/program.ts';

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
mkdirSync(folder, { recursive: true });

const pictures = [
  { name: 'today', path: '/' },
  { name: 'calendar', path: '/calendar' },
] as const;

/** A Tuesday, so that the weekend's lessons are behind and the week ahead. The clock runs on from here. */
const environment = { DEMO_DATA: 'M', SCHOOL_NOW: '2026-03-10T10:20:00-04:00' };

await using program = await Program.start({ fresh: true, pages: true, built: true, environment });
await program.line(/A fictional school was added/);
const client = await signInAsOwner(program);
const browser = await launch();
const context = await browser.newContext({
  viewport: { width: 1_280, height: 860 },
  colorScheme: 'light',
  timezoneId: 'America/Toronto',
  locale: 'en-CA',
});
const [name = '', value = ''] = client.cookie.split(/=(.*)/s);
await context.addCookies([{ name, value, url: program.address }]);
const page = await context.newPage();
for (const picture of pictures) {
  await page.goto(`${program.address}${picture.path}`);
  await page.waitForFunction(
    () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
  );
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: `${folder}${picture.name}.jpg`, type: 'jpeg', quality: 78 });
}
await browser.close();
