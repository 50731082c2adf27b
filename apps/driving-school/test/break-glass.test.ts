/** The console of the real program while its database is killed repeatedly and no one is signed in. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launch, missing, release } from './chromium.ts';
import { succeed } from './command.ts';
import { Program, until } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

let program: Program;
let browser: Browser;
const killing = new AbortController();
let killed: Promise<void>;

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no' } });
  browser = await launch();
  killed = killAgainAndAgain();
  await until('the database is away', async () => !(await fetch(`${program.address}/readyz`)).ok);
});

after(async () => {
  killing.abort();
  await killed;
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

/** Keeps killing the database process, whichever it is. */
async function killAgainAndAgain(): Promise<void> {
  while (!killing.signal.aborted) {
    try {
      const { pid } = (await api<{ facts: { pid?: number } }>('services/database')).facts;
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It was gone already.
    }
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}

const tokenOf = async (): Promise<string> =>
  (await readFile(join(program.dataDirectory, 'console-token'), 'utf8')).trim();

/** Sends a request as the command line does. */
async function api<T>(path: string): Promise<T> {
  const headers = { authorization: `Bearer ${await tokenOf()}` };
  return (await (await fetch(`${program.address}/admin/api/v1/${path}`, { headers })).json()) as T;
}

interface AuditPage {
  readonly records: readonly {
    readonly action: string;
    readonly actor: { readonly type: string; readonly id: string };
    readonly outcome: string | null;
    readonly target: { readonly id: string };
  }[];
}

async function newPage(look: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...look });
  const page = await context.newPage();
  return page;
}

/** Types the token into the focused field. */
async function signInWithToken(page: Page): Promise<void> {
  await page.waitForFunction(() => document.activeElement?.id === 'token');
  await page.keyboard.type(await tokenOf());
  await page.keyboard.press('Enter');
}

test(
  'while the database is killed in a loop, an operator signs in to the console with the token and isolates a breaker, by keyboard',
  options,
  async () => {
    const page = await newPage();
    await page.goto(`${program.address}/admin`);
    await signInWithToken(page);
    await page.waitForSelector('.verdict-text');
    await page.getByText('Operator’s token').first().waitFor();

    await page.keyboard.press('g');
    await page.keyboard.press('b');
    await page.waitForSelector('.breaker-table tbody tr');
    await page.keyboard.press('j');
    // The rows may have been reordered: use the one with focus.
    const name = await page.evaluate(() => document.activeElement?.textContent ?? '');
    await page.keyboard.press('i');
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).waitFor();
    // Back from Cancel, where the focus is, to the reason; and past Cancel to the order.
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('the vendor asked for quiet');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('the breaker is isolated', async () =>
      (await api<{ breakers: { name: string; override: object | null }[] }>('breakers')).breakers.some(
        (breaker) => breaker.name === name && breaker.override !== null,
      ),
    );
    const { records } = await api<AuditPage>('audit?limit=500');
    assert.deepEqual(
      records
        .filter(({ outcome, actor }) => outcome !== null && actor.type === 'token')
        .map(({ action, actor, outcome }) => [action, actor.id, outcome])
        .toReversed(),
      [
        ['console.sign-in', 'token', 'recorded'],
        ['breaker.override.set', 'token', 'applied'],
      ],
    );
    await page.context().close();
  },
);

test('signing out also ends the session for a copy of its cookie', options, async () => {
  const page = await newPage({ viewport: { width: 390, height: 844 } });
  await page.goto(`${program.address}/admin/sign-in`);
  await signInWithToken(page);
  await page.waitForSelector('.verdict-text');
  const cookie = (await page.context().cookies(`${program.address}/admin/`))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  const asked = async () => (await fetch(`${program.address}/admin/api/v1/session`, { headers: { cookie } })).status;
  assert.equal(await asked(), 200);
  await page.getByRole('button', { name: 'Menu' }).press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.waitForSelector('#token');
  assert.equal(await asked(), 401);
  await page.context().close();
});

test(
  'without JavaScript, the token opens the plain page, which isolates and releases; a wrong token is refused',
  options,
  async () => {
    const page = await newPage({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    await page.goto(`${program.address}/admin/plain`);
    await page.locator('#token').pressSequentially('not the token');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.match((await page.getByRole('alert').textContent()) ?? '', /not the operator’s token/);
    await page.locator('#token').pressSequentially(await tokenOf());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Recovery console' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/plain');
    await page
      .getByRole('link', { name: /^(Release|Isolate)/ })
      .first()
      .press('Enter');
    await page.locator('#reason').pressSequentially('without a script');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Recovery console' }).waitFor();
    assert.ok(program.log.some(({ event }) => event === 'console.denied'));
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await page.waitForSelector('#token');
    await page.context().close();
  },
);

test('rotating the token ends the sessions opened with the old one, without a restart', options, async () => {
  const page = await newPage({ javaScriptEnabled: false });
  await page.goto(`${program.address}/admin/plain`);
  const old = await tokenOf();
  await signInWithoutScript(page, old);
  await succeed('console-token', ['--rotate'], { DATA_DIR: program.dataDirectory });
  assert.notEqual(await tokenOf(), old);
  await page.goto(`${program.address}/admin/plain`);
  await page.waitForSelector('#token');
  const answer = await fetch(`${program.address}/admin/api/v1/session`, {
    headers: { authorization: `Bearer ${old}` },
  });
  assert.equal(answer.status, 401);
  await signInWithoutScript(page, await tokenOf());
  await page.context().close();
});

async function signInWithoutScript(page: Page, token: string): Promise<void> {
  await page.locator('#token').pressSequentially(token);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Recovery console' }).waitFor();
}
