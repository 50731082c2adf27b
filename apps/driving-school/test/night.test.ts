/** An incident at night: from the link in a message to a confirmed action, while the database keeps crashing under load. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, missing, release } from './chromium.ts';
import { picture } from './pictures.ts';
import { Program, signInAsOwner, until, type Client } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };
let program: Program;
let client: Client;
let browser: Browser;

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true });
  client = await signInAsOwner(program);
  browser = await launch();
});
after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

interface Overview {
  readonly incidents: readonly { readonly number: number }[];
  readonly services: readonly {
    readonly id: string;
    readonly state: string;
    readonly facts: { readonly pid?: number };
  }[];
  readonly breakers: readonly { readonly id: string; readonly state: string }[];
}

const overview = async (): Promise<Overview> =>
  (await (await client.fetch('/admin/api/v1/overview')).json()) as Overview;

/** Keeps killing the database under load until `mend`. */
async function outage(): Promise<AsyncDisposable & { readonly incident: number; mend(): Promise<void> }> {
  const mended = new AbortController();
  const load = (async () => {
    for (let number = 0; !mended.signal.aborted; number += 1) {
      const asked = [client.fetch('/api/students?limit=5'), client.fetch(`/api/students?q=name${number}`)];
      await Promise.allSettled(asked.map(async (answer) => (await answer).arrayBuffer()));
      await new Promise((resolve) => void setTimeout(resolve, 25));
    }
  })();
  const killer = (async () => {
    let last = -1;
    while (!mended.signal.aborted) {
      const pid = (await overview()).services.find(({ id }) => id === 'database')?.facts.pid ?? -1;
      if (pid > 0 && pid !== last) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It was gone already.
        }
        last = pid;
      }
      await new Promise((resolve) => void setTimeout(resolve, 40));
    }
  })();
  let incident = 0;
  await until('an incident', async () => (incident = (await overview()).incidents[0]?.number ?? 0) > 0);
  const mend = async (): Promise<void> => {
    mended.abort();
    await Promise.all([load, killer]);
  };
  return {
    incident,
    mend,
    async [Symbol.asyncDispose]() {
      await mend();
      await quiet();
    },
  };
}

/** Waits until every incident is closed, so that the next outage is a new one. */
async function quiet(): Promise<void> {
  await until('all is well', async () => {
    await client.fetch('/api/students?limit=1');
    const { breakers, services } = await overview();
    for (const { id, state } of breakers) {
      if (state === 'closed') continue;
      await client.send(
        'POST',
        `/admin/api/v1/breakers/${encodeURIComponent(id)}/actions`,
        { action: 'reset', reason: 'between two tests' },
        { 'idempotency-key': `${id} ${Date.now()}` },
      );
    }
    const { incidents } = await overview();
    for (const { number } of incidents) {
      await client.send(
        'POST',
        `/admin/api/v1/incidents/${number}/resolve`,
        { reason: 'between two tests' },
        { 'idempotency-key': `${number} ${Date.now()}` },
      );
    }
    return (
      incidents.length === 0 &&
      services.every(({ state }) => state === 'up' || state === 'admitting' || state === 'serving')
    );
  });
}

async function signedInPage(viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({
    viewport,
    ...(viewport.width < 500 && { hasTouch: true, isMobile: true }),
  });
  const [name = '', value = ''] = client.cookie.split(/=(.*)/s);
  await context.addCookies([{ name, value, url: program.address }]);
  const page = await context.newPage();
  return page;
}

/** Checks the page after the link: the verdict, its start and the reason. */
async function readVerdict(page: Page, incident: number): Promise<void> {
  await page.goto(`${program.address}/admin/#/incidents/${incident}`);
  const verdict = page.locator('.incident-verdict .verdict-text');
  await verdict.waitFor();
  assert.match((await verdict.textContent()) ?? '', /has blocked calls for|blocked calls for|have blocked calls for/);
  assert.match(
    (await page.locator('[aria-labelledby]', { hasText: 'Likely causes' }).textContent()) ?? '',
    /before|after the opening/,
  );
}

async function proof(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Observed').waitFor();
  assert.match((await dialog.textContent()) ?? '', /Requested \d\d:\d\d:\d\d.*Acknowledged by 1 of 1.*Done.*Up since/s);
}

test(
  'with the mouse: verdict, acknowledge, cause, action, proof; three interactions to a confirmed action',
  options,
  async () => {
    await using trouble = await outage();
    const { incident, mend } = trouble;
    const page = await signedInPage({ width: 1_440, height: 900 });
    let interactions = 0;
    const press = async (name: string, within = page.locator('body')): Promise<void> => {
      interactions += 1;
      await within.getByRole('button', { name, exact: true }).click();
    };
    await readVerdict(page, incident);
    await press('Acknowledge');
    await page.getByText('Acknowledged by Olive Owner').waitFor();
    await picture(page, 'night-incident', { fullPage: true });
    await page.locator('main').getByRole('link', { name: 'View logs of this call' }).first().click();
    await page.locator('.waterfall .log-line').first().waitFor();
    assert.match((await page.locator('.waterfall').textContent()) ?? '', /retry|gave up|refused|failed/);
    await page.goBack();
    // The cause is fixed: from now on a new process stays up.
    await mend();
    await press('Restart database');
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('Reason').inputValue(), `INC-${incident}: `);
    await press('Restart database', dialog);
    await proof(page);
    assert.ok(interactions <= 3, `${interactions} interactions`);
    await page.keyboard.press('Escape');
    await page.locator('.status-item[data-id="database"][data-state="up"]').waitFor();
    await page.context().close();
    await quiet();
  },
);

test('with the keyboard only', options, async () => {
  await using trouble = await outage();
  const { incident, mend } = trouble;
  const page = await signedInPage({ width: 1_280, height: 800 });
  const tabTo = async (name: string): Promise<void> => {
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      });
      if (at.trim() === name) return;
    }
    assert.fail(`the keyboard does not get to ${name}`);
  };
  await readVerdict(page, incident);
  await tabTo('Acknowledge');
  await page.keyboard.press('Enter');
  await page.getByText('Acknowledged by Olive Owner').waitFor();
  await mend();
  await tabTo('Restart database');
  // It rests for some seconds after the last restart, keeps the focus, and says so.
  await page.locator('button[aria-label="Restart database"]:not([aria-disabled])').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cancel');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await proof(page);
  await page.keyboard.press('Escape');
  // Focus is back where it was.
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Restart database');
  await page.context().close();
});

test('on a phone of 375 px, by touch', options, async () => {
  await using trouble = await outage();
  const { incident, mend } = trouble;
  const page = await signedInPage({ width: 375, height: 812 });
  await readVerdict(page, incident);
  const acknowledge = page.getByRole('button', { name: 'Acknowledge', exact: true });
  const box = await acknowledge.boundingBox();
  assert.ok(box !== null && box.y + box.height < 812, 'Acknowledge is on the first screen');
  await acknowledge.tap();
  await page.getByText('Acknowledged by Olive Owner').waitFor();
  await picture(page, 'night-phone');
  await mend();
  await page.getByRole('button', { name: 'Restart database', exact: true }).tap();
  await page.getByRole('dialog').getByRole('button', { name: 'Restart database', exact: true }).tap();
  await proof(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await page.context().close();
});
