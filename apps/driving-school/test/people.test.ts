import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, missing, release } from './chromium.ts';
import { Client, Program, signInAsOwner } from './program.ts';

const options = missing === undefined ? {} : { skip: missing };

/** From a small phone to a desk; 640 px is what 200 % zoom leaves of 1,280. */
const widths = [320, 390, 640, 720, 900, 1024, 1100, 1280, 1440];

let program: Program;
let browser: Browser;
let owner: Client;

before(async () => {
  if (missing !== undefined) return;
  program = await Program.start({ pages: true, environment: { DEMO_DATA: 'no' } });
  owner = await signInAsOwner(program);
  browser = await launch();
});

after(async () => {
  await release(browser);
  await program?.[Symbol.asyncDispose]();
});

async function pageOf(client: Client, width: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  await context.addCookies(
    client.cookie.split('; ').map((cookie) => {
      const [name = '', ...value] = cookie.split('=');
      return { name, value: value.join('='), url: program.address };
    }),
  );
  const page = await context.newPage();
  return page;
}

/** Invites somebody and uses the link. */
async function joined(name: string, email: string, role: string): Promise<Client> {
  const invited = (await (await owner.post('/api/users', { name, email, role })).json()) as { link: { url: string } };
  const answer = await fetch(`${program.address}/api/welcome`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: invited.link.url.split('#')[1], name, email, password: `a passphrase for ${role}` }),
  });
  assert.equal(answer.status, 200);
  return new Client(
    program.address,
    answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; '),
  );
}

test(
  'every button of the list of people can be reached at every width, and nothing scrolls sideways',
  options,
  async () => {
    await owner.post('/api/users', {
      name: 'Wilhelmina Featherstonehaugh-Cholmondeley',
      email: 'wilhelmina.featherstonehaugh-cholmondeley@driving-school-north-bay.example.com',
      role: 'instructor',
    });
    for (const width of widths) {
      const page = await pageOf(owner, width);
      await page.goto(`${program.address}/people`);
      await page.locator('tbody tr').first().waitFor();
      const problems = await page.evaluate(() => {
        const found: string[] = [];
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`);
        const buttons = [...document.querySelectorAll<HTMLElement>('tbody button')];
        if (buttons.length === 0) found.push('there are no buttons');
        for (const button of buttons) {
          button.scrollIntoView({ block: 'center' });
          const { left, right, top, bottom } = button.getBoundingClientRect();
          const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
          if (left < 0 || right > clientWidth || hit === null || !button.contains(hit))
            found.push(`${button.textContent} at ${Math.round(left)} to ${Math.round(right)} px`);
        }
        return found;
      });
      assert.deepEqual(problems, [], `at ${width} px`);
      await page.context().close();
    }
  },
);

test(
  'every signed-in user finds the links to sign out, to their account, and to the console if permitted',
  options,
  async () => {
    const roles = [
      ['Owner', owner],
      ['Office', await joined('Olga', 'olga@example.com', 'office')],
      ['Instructor', await joined('Ines', 'ines@example.com', 'instructor')],
      ['Operator', await joined('Otto', 'otto@example.com', 'operator')],
    ] as const;
    for (const [role, client] of roles) {
      const page = await pageOf(client, 1280);
      await page.goto(program.address);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      assert.equal(new URL(page.url()).pathname, '/', `${role} stays in the school`);
      await page.getByText(role, { exact: true }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'My account' }).getAttribute('href'), '/account');
      assert.equal(
        await page.getByRole('link', { name: 'System status' }).count(),
        role === 'Instructor' ? 0 : 1,
        role,
      );
      if (role === 'Operator') {
        assert.equal(await page.getByRole('link', { name: 'Open the console' }).getAttribute('href'), '/admin');
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL('**/sign-in');
        assert.equal((await client.fetch('/api/session')).status, 401);
      }
      await page.context().close();
    }
  },
);

test('an operator who signs in is taken to the console, once', options, async () => {
  await joined('Oda', 'oda@example.com', 'operator');
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${program.address}/sign-in`);
  await page.fill('#sign-in-email', 'oda@example.com');
  await page.fill('#sign-in-password', 'a wrong passphrase');
  await page.keyboard.press('Enter');
  await page.getByText('Incorrect e-mail or password.').waitFor();
  await page.fill('#sign-in-password', 'a passphrase for operator');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/admin/**');
  await page.goto(program.address);
  await page.getByRole('link', { name: 'Open the console' }).waitFor();
  await page.context().close();
});

test('a truncated link is reported as incomplete', options, async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${program.address}/welcome`);
  await page.getByText('This link is incomplete').waitFor();
  await page.context().close();
});
