import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, missing, release } from './chromium.ts';
import { Program, until } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let program: Program;
let browser: Browser;

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no' } });
  browser = await launch();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

/** The sign-in page with a clock that is moved by hand, and a server that is not ready. */
async function inAnOutage(): Promise<{ page: Page; probes: () => number; settle: () => Promise<void> }> {
  const page = await (await browser.newContext()).newPage();
  await page.clock.install();
  let asked = 0;
  let answered = 0;
  await page.route('**/readyz', async (route) => {
    asked += 1;
    await route.fulfill({
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({ status: 'not_ready', reason: 'the database is down' }),
    });
    answered += 1;
  });
  await page.goto(`${program.address}/sign-in`);
  return {
    page,
    probes: () => asked,
    settle: async () => void (await until('every probe is answered', () => answered === asked)),
  };
}

test('in 60 s of outage the sign-in page probes the server at most 20 times', options, async () => {
  const { page, probes, settle } = await inAnOutage();
  await page.getByText('Sign-in is temporarily unavailable').waitFor();
  const soFar = probes();

  for (let ms = 0; ms < 60_000; ms += 50) {
    await page.clock.runFor(50);
    if (ms % 250 === 0) await settle();
  }

  const count = probes() - soFar;
  assert.ok(count >= 4 && count <= 20, `${count} probes in 60 s`);
  await page.context().close();
});

test(
  'in an outage the sign-in page shows operators the way to the console, and retries on request',
  options,
  async () => {
    const { page, probes } = await inAnOutage();
    const link = page.getByRole('link', { name: 'open the console with the operator token' });
    await link.waitFor();
    assert.equal(await link.getAttribute('href'), '/admin/sign-in');

    await page.clock.runFor(5_000);
    const soFar = probes();
    await page.getByRole('button', { name: 'Retry now' }).click();
    await page.clock.runFor(5_000);
    await until('it has asked again', () => probes() > soFar);
    await page.context().close();
  },
);
