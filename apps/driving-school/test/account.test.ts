/** *My account*, the second factor and the idle time-out in a real browser, by keyboard. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOTP, URI } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { decodeQR } from 'qr/decode.js';
import { accessibilityProblems } from './axe.ts';
import { launch, missing, release } from './chromium.ts';
import { picture, takesPictures } from './pictures.ts';
import { ownerPassword, Program, signInAsOwner, type Client } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

/** Each width that the pages are made for, from the smallest phone. */
const widths = [320, 390, 720, 1024, 1280, 1440];

let program: Program;
let browser: Browser;
let owner: Client;
const problems: string[] = [];

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no', SESSION_IDLE_MINUTES: '5' } });
  browser = await launch();
  owner = await signInAsOwner(program);
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) problems.push(message.text());
  });
  return page;
}

/** Moves focus to a control with Tab; fails with the path taken when it can't be reached. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let pressed = 0; pressed < 60; pressed += 1) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent;
      return label?.trim() ?? '';
    });
    if (focused.startsWith(name)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`"${name}" cannot be reached by keyboard`);
}

/** Signs in by keyboard up to the second step, if there is one. */
async function signIn(page: Page, password = ownerPassword): Promise<void> {
  await page.locator('#sign-in-email').focus();
  await page.keyboard.type('olive@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

/** The content of the QR code on the screen. */
async function scan(page: Page): Promise<TOTP> {
  const png = await page.locator('.qr-code').screenshot();
  const pixels = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const { data, width, height } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? {};
    return { data: [...(data ?? [])], width: width ?? 0, height: height ?? 0 };
  }, png.toString('base64'));
  const read = URI.parse(decodeQR({ ...pixels, data: new Uint8Array(pixels.data) }));
  assert.ok(read instanceof TOTP);
  return read;
}

/** An unused code of the authenticator app; waits for the next one if necessary. */
async function freshCode(app: TOTP, used: Set<string>): Promise<string> {
  for (;;) {
    // The server also accepts the next code, so there is no need to wait.
    for (const aheadMs of [0, 30_000]) {
      const code = app.generate({ timestamp: Date.now() + aheadMs });
      if (!used.has(code)) {
        used.add(code);
        return code;
      }
    }
    await new Promise((resolve) => void setTimeout(resolve, 1_000));
  }
}

/** Sends a request as the page does, with the browser's cookies. */
async function inPage<Body>(page: Page, method: string, path: string, body?: unknown): Promise<Body> {
  return (await page.evaluate(
    async ([verb, address, text]) => {
      const answer = await fetch(address, {
        method: verb,
        ...(text === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: text }),
      });
      if (!answer.ok) throw new Error(`${verb} ${address} was answered with ${answer.status}`);
      return (await answer.json()) as unknown;
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as [string, string, string | undefined],
  )) as Body;
}

async function look(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  // The elements are the same in both schemes, so rules that don't depend on colours run once.
  for (const [colorScheme, rules] of [
    ['light', 'all'],
    ['dark', 'colours'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    // Neither does the layout.
    for (const width of rules === 'all' || takesPictures ? widths : []) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `${name}-${width}-${colorScheme}`, { fullPage: true });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) found.push(`${name} at ${width} px: ${overflow} px too wide`);
    }
    found.push(...(await accessibilityProblems(page, rules)).map((problem) => `${name}, ${colorScheme}: ${problem}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 900 });
  return found;
}

test('a second factor is set up, used and replaced by a recovery code, all by keyboard', options, async () => {
  const page = await newPage();
  const found: string[] = [];
  const used = new Set<string>();
  await page.goto(`${program.address}/sign-in?next=%2Faccount`);
  await signIn(page);
  await page.getByRole('heading', { name: 'My account' }).waitFor();
  await page.getByText('This device', { exact: true }).waitFor();
  found.push(...(await look(page, 'account')));

  await tabTo(page, 'Set up');
  await page.keyboard.press('Enter');
  await page.locator('.qr-code').waitFor();
  found.push(...(await look(page, 'account-set-up')));
  const app = await scan(page);
  assert.deepEqual([app.issuer, app.label], ['Driving school', 'olive@example.com']);
  await page.locator('#enrolment-code').focus();
  await page.keyboard.type('000000');
  await page.keyboard.press('Enter');
  await page.getByText('This is not the code that the app shows now.').waitFor();
  await page.keyboard.type(await freshCode(app, used));
  await page.keyboard.press('Enter');
  await page.locator('.recovery-code-list li').nth(9).waitFor();
  const recoveryCodes = await page.locator('.recovery-code-list li').allTextContents();
  found.push(...(await look(page, 'account-recovery-codes')));
  const download = page.waitForEvent('download');
  await tabTo(page, 'Download');
  await page.keyboard.press('Enter');
  assert.equal((await download).suggestedFilename(), 'driving-school-recovery-codes.txt');
  await tabTo(page, 'I’ve saved them');
  await page.keyboard.press('Enter');
  await page.getByText('10 recovery codes left.').waitFor();
  await page.context().close();

  const second = await newPage();
  await second.goto(`${program.address}/sign-in`);
  await signIn(second);
  await second.locator('#sign-in-code').waitFor();
  found.push(...(await look(second, 'sign-in-code')));
  await second.locator('#sign-in-code').focus();
  await second.keyboard.type('123456');
  await second.keyboard.press('Enter');
  await second.getByText('This code is wrong, too old, or has been used.').waitFor();
  await second.keyboard.type(await freshCode(app, used));
  await second.keyboard.press('Enter');
  await second.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  await second.context().close();

  const third = await newPage();
  await third.goto(`${program.address}/sign-in?next=%2Faccount`);
  await signIn(third);
  await third.locator('#sign-in-code').waitFor();
  await tabTo(third, 'Use a recovery code');
  await third.keyboard.press('Enter');
  await third.getByLabel('Recovery code').waitFor();
  await third.waitForFunction(() => document.activeElement?.id === 'sign-in-code');
  await third.keyboard.type((recoveryCodes[0] ?? '').toLowerCase());
  await third.keyboard.press('Enter');
  await third.getByText('9 recovery codes left.').waitFor();
  await tabTo(third, 'Turn off');
  await third.keyboard.press('Enter');
  await third.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await third.getByText('Your second factor is off.').first().waitFor();
  await third.context().close();
  assert.deepEqual(found, []);
  assert.deepEqual(problems, [], 'no script error and no violated policy');
});

test('the password is changed by keyboard, and a common one is refused with the reason', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/sign-in?next=%2Faccount`);
  await signIn(page);
  const change = async (wanted: string): Promise<void> => {
    await page.locator('#current-password').fill(ownerPassword);
    await page.locator('#new-password').fill(wanted);
    await page.keyboard.press('Enter');
  };
  await page.locator('#current-password').waitFor();
  await change('password1234');
  await page.getByText('Attackers try common passwords like this one first').waitFor();
  await picture(page, 'account-weak-password', { fullPage: true });
  await change('seven purple kettles sing');
  await page.getByText('Your password was changed.').first().waitFor();
  // The other session, with which this file began, has ended.
  assert.equal((await owner.fetch('/api/session')).status, 401);
  await page.locator('#current-password').fill('seven purple kettles sing');
  await page.locator('#new-password').fill(ownerPassword);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#new-password')?.value === '');
  await page.context().close();
});

test('a sensitive action asks for the password and then continues automatically', options, async () => {
  const page = await newPage();
  await page.goto(`${program.address}/sign-in?next=%2Fpeople`);
  await signIn(page);
  await page.waitForSelector('tbody tr');
  // As if the last proof were more than ten minutes ago: the first answer is the server's own words.
  let asked = false;
  await page.route('**/api/users', async (route) => {
    if (asked || route.request().method() !== 'POST') {
      await route.continue();
      return;
    }
    asked = true;
    await route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({
        type: 'urn:driving-school:problem:reauthentication_required',
        title: 'Confirm your identity',
        status: 403,
        detail: 'Enter your password or a code again before you do this.',
        instance: '/api/users',
        code: 'reauthentication_required',
        correlation_id: 'test',
      }),
    });
  });
  await page.getByRole('button', { name: /^Invite some/ }).click();
  await page.fill('#invite-name', 'Sam Office');
  await page.fill('#invite-email', 'sam@example.com');
  await page.keyboard.press('Enter');
  await page.locator('#confirm-password').waitFor();
  await picture(page, 'confirm-identity');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'confirm-password');
  await page.keyboard.type('not my password');
  await page.keyboard.press('Enter');
  await page.getByText('This is not your password.').waitFor();
  await page.keyboard.type(ownerPassword);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Sam Office/ }).waitFor();
  await page.context().close();
});

test(
  'before an idle time-out the page asks, a key press extends the session, and a draft survives its end',
  options,
  async () => {
    const page = await newPage();
    await page.clock.install();
    await page.goto(`${program.address}/sign-in?next=%2Fstudents%2Fnew`);
    await signIn(page);
    await page.locator('#student-notes').waitFor();
    await page.locator('#student-notes').fill('parks well');
    // The page learns from the server that little time is left.
    let secondsLeft = 90;
    let over = false;
    let warned = false;
    const seen: string[] = [];
    await page.route('**/api/session', async (route) => {
      if (route.request().method() !== 'GET') {
        await route.continue();
        return;
      }
      if (over) {
        await route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"not_signed_in"}' });
        return;
      }
      const response = await route.fetch();
      const body = (await response.json()) as Record<string, unknown>;
      const now = await page.evaluate(() => Date.now());
      const activity = route.request().headers()['x-user-activity'] ?? 'missing';
      seen.push(activity);
      if (warned && activity === 'recent') secondsLeft = 300;
      await route.fulfill({
        response,
        json: { ...body, idle_ends_at: new Date(now + secondsLeft * 1_000).toISOString() },
      });
    });
    await page.clock.runFor(90_000);
    await page.getByRole('heading', { name: 'Are you still there?' }).waitFor();
    warned = true;
    assert.equal(seen.at(-1), 'none', 'polling reports no activity');
    await picture(page, 'idle-warning');
    await page.keyboard.press('Shift');
    await page.clock.runFor(20_000);
    await page.getByRole('heading', { name: 'Are you still there?' }).waitFor({ state: 'detached' });
    assert.ok(seen.includes('recent'));

    over = true;
    await page.clock.runFor(40_000);
    await page.getByRole('heading', { name: 'Sign in again' }).waitFor();
    await picture(page, 'idle-draft');
    over = false;
    await page.locator('#sign-in-password').fill(ownerPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Sign in again' }).waitFor({ state: 'detached' });
    assert.equal(await page.locator('#student-notes').inputValue(), 'parks well');
    await page.context().close();
  },
);

test('an operator sets up the second factor that the school requires, and can open My account', options, async () => {
  const used = new Set<string>();
  const page = await newPage();
  await page.goto(`${program.address}/sign-in?next=%2Faccount`);
  await signIn(page);
  await page.getByRole('heading', { name: 'My account' }).waitFor();
  const { uri } = await inPage<{ uri: string }>(page, 'POST', '/api/account/second-factor/secret');
  const ownApp = URI.parse(uri);
  assert.ok(ownApp instanceof TOTP);
  await inPage(page, 'PUT', '/api/account/second-factor', { code: ownApp.generate() });
  await page.reload();
  await page.getByRole('button', { name: 'Require a second factor' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Require it' }).click();
  await page.getByText('Second factor required', { exact: true }).waitFor();
  const invited = await inPage<{ link: { url: string } }>(page, 'POST', '/api/users', {
    name: 'Omar Operator',
    email: 'omar@example.com',
    role: 'operator',
  });
  await page.context().close();

  const operator = await newPage();
  const found: string[] = [];
  await operator.goto(invited.link.url);
  await operator.fill('#welcome-password', 'six brown bicycles dance');
  await operator.keyboard.press('Enter');
  await operator.locator('.qr-code').waitFor();
  found.push(...(await look(operator, 'sign-in-set-up')));
  const app = await scan(operator);
  await operator.locator('#enrolment-code').focus();
  await operator.keyboard.type(await freshCode(app, used));
  await operator.keyboard.press('Enter');
  await operator.getByText('Save these codes now').waitFor();
  found.push(...(await look(operator, 'sign-in-recovery-codes')));
  await tabTo(operator, 'I’ve saved them');
  await operator.keyboard.press('Enter');
  await operator.getByRole('link', { name: 'Open the console' }).waitFor();

  const reading = operator.waitForRequest((request) => request.url().includes('/admin/api/'));
  await operator.goto(`${program.address}/admin/`);
  assert.equal((await reading).headers()['x-user-activity'], 'recent', 'the console reports activity');
  await operator.getByRole('link', { name: 'My account' }).click();
  await operator.getByText('10 recovery codes left.').waitFor();
  await operator.getByText('It can’t be turned off').waitFor();
  found.push(...(await look(operator, 'account-operator')));
  await operator.context().close();
  assert.deepEqual(found, []);
  assert.deepEqual(problems, [], 'no script error and no violated policy');
});
