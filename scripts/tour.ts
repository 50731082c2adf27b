/**
 * Takes the pictures of the visual tour from the running program: a drill is started, noticed, acted upon, and recovers.
 * `npm run tour`; the pictures go to `docs/tour/`, and `docs/tour.md` tells about them.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launch } from '../apps/driving-school/test/chromium.ts';
import { Program, signInAsOwner, until } from '../apps/driving-school/test/program.ts';

const folder = fileURLToPath(new URL('../docs/tour/', import.meta.url));
mkdirSync(folder, { recursive: true });

await using program = await Program.start({ fresh: true, pages: true });
const client = await signInAsOwner(program);
const browser = await launch();
const [cookieName = '', cookieValue = ''] = client.cookie.split(/=(.*)/s);

async function open(look: { width: number; height: number; colorScheme?: 'light' | 'dark' }): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    colorScheme: look.colorScheme ?? 'light',
  });
  await context.addCookies([{ name: cookieName, value: cookieValue, url: program.address }]);
  return context.newPage();
}

async function picture(page: Page, address: string, name: string): Promise<void> {
  await page.goto(`${program.address}/admin/#/${address}`);
  await page.waitForFunction(
    () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
  );
  // Charts are fetched when they are wanted.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path: `${folder}${name}.jpg`, type: 'jpeg', quality: 82 });
}

interface Overview {
  readonly incidents: readonly { readonly number: number }[];
  readonly breakers: readonly { readonly id: string; readonly state: string }[];
}
const overview = async (): Promise<Overview> =>
  (await (await client.fetch('/admin/api/v1/overview')).json()) as Overview;

// People work: lists, searches, single students.
const over = new AbortController();
const work = (async () => {
  const list = (await (await client.fetch('/api/students?limit=20')).json()) as { data?: readonly { id: string }[] };
  for (let number = 0; !over.signal.aborted; number += 1) {
    const id = list.data?.[number % 20]?.id ?? '';
    const paths = ['/api/students?limit=20', `/api/students?q=${'abcdefgh'[number % 8]}`, `/api/students/${id}`];
    await Promise.allSettled(paths.map(async (path) => (await client.fetch(path)).arrayBuffer()));
    await new Promise((resolve) => void setTimeout(resolve, 60));
  }
})();

const desk = await open({ width: 1_280, height: 860 });
const night = await open({ width: 1_280, height: 860, colorScheme: 'dark' });
const phone = await open({ width: 375, height: 812, colorScheme: 'dark' });

await new Promise((resolve) => void setTimeout(resolve, 30_000));
await picture(desk, '', 'now-healthy');
await picture(desk, 'drills', 'drills');
const started = await client.send(
  'POST',
  '/admin/api/v1/faults',
  {
    target: await drillPlace(),
    kind: 'error',
    ratio: 1,
    ttl_ms: 120_000,
    stop_conditions: [{ type: 'loop_delay', above_ms: 5_000 }],
    reason: 'Yearly drill: what does the office see?',
  },
  { 'idempotency-key': 'the-drill' },
);
if (!started.ok) throw new Error(`The drill did not start: ${started.status} ${await started.text()}`);
await until('an incident', async () => (await overview()).incidents.length > 0);
await new Promise((resolve) => void setTimeout(resolve, 4_000));
const incident = (await overview()).incidents[0]?.number ?? 1;
const breaker = (await overview()).breakers.find(({ state }) => state !== 'closed')?.id ?? '';
await picture(night, '', 'now-outage');
await picture(phone, `incidents/${incident}`, 'incident-phone');
await picture(desk, `incidents/${incident}`, 'incident');
await desk.getByRole('button', { name: 'Acknowledge' }).click();
await desk.getByText('Acknowledged by').first().waitFor();
// Its notification would be in the next pictures.
await desk.locator('.toast').getByRole('button').click();
await picture(desk, `breakers/${encodeURIComponent(breaker)}`, 'breaker');
await desk.getByRole('button', { name: /^Isolate/ }).click();
await desk.getByRole('dialog').getByLabel('Reason').fill('INC-1: failing over to the standby');
await desk.screenshot({ path: `${folder}action.jpg`, type: 'jpeg', quality: 82 });
await desk.keyboard.press('Escape');
await picture(desk, 'breakers', 'breakers');
await picture(desk, 'errors', 'errors');
await picture(desk, 'map?as=drawing', 'map');
await picture(desk, 'logs?level=warn', 'logs');
await desk.locator('.log-links a[title^="All lines"]').first().click();
await desk.locator('.waterfall .log-line').first().waitFor();
await desk.screenshot({ path: `${folder}call.jpg`, type: 'jpeg', quality: 82 });
const retry = (
  (await (await client.fetch('/admin/api/v1/retries')).json()) as { retries: readonly { id: string; calls: number }[] }
).retries.toSorted((one, other) => other.calls - one.calls)[0];
await picture(desk, `retries/${encodeURIComponent(retry?.id ?? '')}`, 'retries');
await night.goto(`${program.address}/admin/#/settings?member=${encodeURIComponent(breaker)}`);
await night
  .getByLabel(/^Reset timeout of/)
  .first()
  .fill('2000');
await night.locator('.setting-preview').waitFor();
await night.locator('.setting-preview').scrollIntoViewIfNeeded();
await night.waitForTimeout(500);
await night.screenshot({ path: `${folder}settings.jpg`, type: 'jpeg', quality: 82 });
const { faults } = (await (await client.fetch('/admin/api/v1/faults')).json()) as { faults: readonly { id: string }[] };
await client.send(
  'DELETE',
  `/admin/api/v1/faults/${faults[0]?.id ?? ''}`,
  { reason: 'seen enough' },
  { 'idempotency-key': 'enough' },
);
await until('all is closed again', async () => (await overview()).breakers.every(({ state }) => state === 'closed'));
await picture(desk, 'audit', 'audit');
await picture(desk, '', 'now-recovered');
over.abort();
await work;
await browser.close();

async function drillPlace(): Promise<string> {
  const { places } = (await (await client.fetch('/admin/api/v1/faults')).json()) as {
    places: readonly { id: string }[];
  };
  return places[0]?.id ?? '';
}
