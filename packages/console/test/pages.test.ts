/** Guarantees to users: stale data is marked, nothing is called done before it is observed, and text is never executed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from 'dualbrake';
import type { AuditRecord, OverviewView } from '../src/contract.ts';
import { seededRandom } from '../../dualbrake/src/testing/index.ts';
import { addresses } from './pages/addresses.ts';
import { openTab } from './pages/browser.ts';
import type { Scene } from './pages/scene.ts';
import { at, newContext, newScene, options, useBrowser } from './pages/stage.ts';
import { startProxy } from './pages/unsteady-proxy.ts';

useBrowser();

const auditOf = async ({ kit }: Scene): Promise<readonly AuditRecord[]> =>
  (await kit.get<{ records: readonly AuditRecord[] }>('audit?limit=100')).records;

test(
  'numbers turn grey 15 s after the last message from the server, show their age, and recover',
  options,
  async () => {
    await using scene = await newScene('outage');
    await using proxy = await startProxy(scene.url);
    const context = await newContext();
    const { page } = await openTab(context, new URL(proxy.url).origin);
    // Only the test moves the page's clock, so the speed of the machine doesn't matter.
    await page.clock.install({ time: '2026-11-23T10:00:00Z' });
    await page.clock.pauseAt('2026-11-23T10:00:01Z');
    await page.goto(proxy.url);
    const chip = (): Promise<string | null> => page.locator('.freshness').textContent();
    const isSettled = async (): Promise<boolean> =>
      (await page.locator('.verdict-text').count()) > 0 && /as of/.test((await chip()) ?? '');
    for (let moved = 0; !(await isSettled()); moved += 1) {
      assert.ok(moved < 10_000, 'the page has its first numbers');
      await page.clock.runFor(1);
    }
    const isGrey = (): Promise<boolean> =>
      page.evaluate(() => document.querySelector('.console-content[data-stale]') !== null);

    const first = { grey: await isGrey(), chip: await chip() };
    proxy.cut();
    await page.clock.runFor(13_000);
    const early = { grey: await isGrey() };
    await page.clock.runFor(4_000);
    const lagging = { grey: await isGrey(), chip: await chip() };
    await page.clock.runFor(15_000);
    const banner = await page.getByText('The server isn’t answering').count();
    const title = await page.title();
    await scene.kit.clock.advance(2_000);
    scene.kit.mail.reset('to see it');
    proxy.mend();
    // An answer takes real time, in which the page's time moves on.
    for (let moved = 0; ((await isGrey()) || !(await isSettled())) && moved < 5_000; moved += 1) {
      await page.clock.runFor(100);
    }

    assert.match(first.chip ?? '', /^(Live|Every 5 s) · as of \d\d:\d\d:\d\d$/);
    assert.deepEqual([first.grey, early.grey, lagging.grey], [false, false, true]);
    assert.match(lagging.chip ?? '', /^1[5-9] s old$/);
    assert.equal(banner, 1);
    assert.match(title, /^⌛/);
    const { now } = await scene.kit.get<OverviewView>('overview');
    assert.ok(Date.parse(now) > 0);
    assert.match((await chip()) ?? '', /as of/);
    await context.close();
  },
);

test(
  'after random cuts of the stream the page matches the server, and no event is missing from the list',
  options,
  async () => {
    await using scene = await newScene('healthy');
    await using proxy = await startProxy(scene.url);
    scene.run();
    const random = seededRandom(4);
    const context = await newContext();
    const { page } = await openTab(context, new URL(proxy.url).origin);
    await page.goto(proxy.url);
    await page.waitForSelector('.verdict-text');
    // Enough for most responses, never enough for a stream.
    proxy.cutAfter(() => 4_000 + Math.floor(random() * 60_000));
    proxy.cut();
    proxy.mend();
    for (let turn = 0; turn < 40 || (proxy.cuts < 3 && turn < 400); turn += 1) {
      const breaker = random() < 0.5 ? scene.kit.database : scene.kit.mail;
      if (random() < 0.5) breaker.trip(`turn ${turn}`);
      else breaker.reset(`turn ${turn}`);
      if (turn % 20 === 19) {
        proxy.cut();
        proxy.mend();
      }
      await page.waitForTimeout(60);
    }
    scene.kit.mail.trip('the end');
    scene.kit.database.reset('the end');
    proxy.cutAfter(undefined);
    await page.getByRole('button', { name: /^Show all/ }).click();
    // The breakers keep probing, so compare until both are equal at the same moment.
    const compared = async () => {
      const { breakers, changes } = await scene.kit.get<OverviewView>('overview');
      const wanting = await page
        .locator('.console-content [data-id][data-state]:has(h3 a[href*="breakers"])')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-id')));
      return {
        server: [
          breakers.filter(({ state, circuit }) => state !== 'closed' || circuit !== 'closed').map(({ id }) => id),
          changes.map(({ target_name: name, what }) => `${name} ${what}`),
        ],
        page: [wanting, await page.locator('.timeline-what').allTextContents()],
      };
    };
    let last = await compared();
    const endsAt = Date.now() + 180_000;
    while (JSON.stringify(last.page) !== JSON.stringify(last.server) && Date.now() < endsAt) {
      await page.waitForTimeout(100);
      last = await compared();
    }

    assert.ok(proxy.cuts > 0, 'the stream was cut in the middle');
    assert.deepEqual(last.page, last.server);
    await context.close();
  },
);

test('three tabs share one stream; when its tab is closed, another tab takes over', options, () =>
  at('healthy', {}, async ({ page, scene, context }) => {
    const { page: second } = await openTab(context, new URL(scene.url).origin);
    const { page: third } = await openTab(context, new URL(scene.url).origin);
    await second.goto(scene.url);
    await third.goto(scene.url);
    await third.waitForSelector('.verdict-text');
    const streams = scene.kit.console.figures().streams;
    scene.kit.mail.trip('to be seen in all of them');
    for (const tab of [page, second, third]) await tab.waitForSelector('[data-id="letters.mail"][data-state="open"]');
    await page.close();
    await second.waitForFunction(() => document.querySelector('.freshness')?.textContent?.startsWith('Live'));
    scene.kit.database.trip('after the first is gone');
    for (const tab of [second, third]) await tab.waitForSelector('[data-id="reads.database"][data-state="open"]');

    assert.equal(streams, 1);
    assert.equal(scene.kit.console.figures().streams, 1);
  }),
);

test('an action is requested, acknowledged, and shown as done only once a report confirms it', options, () =>
  at('healthy', { address: 'breakers/letters.mail' }, async ({ page, scene }) => {
    await page.waitForSelector('.standing');
    await scene.pause();
    await page.getByRole('button', { name: 'Trip mail' }).click();
    const dialog = page.locator('dialog');
    const words = (await dialog.textContent()) ?? '';
    await dialog.getByLabel('Reason').fill('the mail server is moved');
    await dialog.getByRole('button', { name: 'Trip mail' }).click();
    await dialog.getByText('Acknowledged by 1 of 1').waitFor();
    // The clock is stopped, so no newer report can arrive: nothing may be called done.
    await page.waitForTimeout(1_500);
    const early = await dialog.textContent();
    scene.run();
    await dialog.getByText('Observed').waitFor();
    await page.keyboard.press('Escape');

    assert.match(words, /Trip mail\?.*Opens immediately.*letters.*Current state.*To undo.*probe of the dependency/s);
    assert.match(early ?? '', /Waiting for confirmation/);
    assert.doesNotMatch(early ?? '', /Done/);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Trip mail');
  }),
);

test('an action without a reason isn’t sent, and the dialog says what is missing', options, () =>
  at('healthy', { address: 'breakers/letters.mail' }, async ({ page, scene }) => {
    await page.getByRole('button', { name: 'Isolate mail' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Isolate mail' }).click();
    await page.getByText('Enter a reason of 3 to 500 characters.').waitFor();
    assert.deepEqual(
      (await auditOf(scene)).filter(({ action }) => action.startsWith('breaker')),
      [],
    );
  }),
);

test('holding closed requires the typed name, expires automatically, and is shown on every page', options, () =>
  at('healthy', { address: 'breakers/letters.mail' }, async ({ page, scene }) => {
    await page.getByRole('button', { name: 'Hold closed mail' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByLabel('Reason').fill('its limit is wrong');
    const confirm = dialog.getByRole('button', { name: 'Hold mail closed' });
    await confirm.click();
    await dialog.getByText('Type the name exactly: mail').waitFor();
    await dialog.getByLabel('Type mail to confirm').fill('mail');
    await confirm.click();
    await dialog.getByText('Observed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.evaluate(() => (location.hash = '#/audit'));
    await page.getByText('mail is held closed: its protection is off').waitFor();
    const { breakers } = await scene.kit.get<OverviewView>('overview');
    const override = breakers.find(({ id }) => id === 'letters.mail')?.override;
    const minutes = (Date.parse(override?.ends_at ?? '') - Date.parse(override?.since ?? '')) / 60_000;
    assert.ok(minutes > 9.9 && minutes < 10.1, `${minutes} min`);
  }),
);

test('a double click, and a click after a lost answer, are one action', options, () =>
  at('healthy', { address: 'breakers/letters.mail' }, async ({ page, scene }) => {
    let lost = 0;
    const clickedTwice = Promise.withResolvers<void>();
    await page.route('**/breakers/letters.mail/actions', async (route) => {
      // The first answer is lost on its way back: the outcome is unknown.
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      await clickedTwice.promise;
      return route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Trip mail' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByLabel('Reason').fill('to be done once');
    await dialog.getByRole('button', { name: 'Trip mail' }).dblclick();
    clickedTwice.resolve();
    await dialog.getByText('Outcome unknown').waitFor();
    await dialog.getByRole('button', { name: 'Trip mail again' }).dblclick();
    await dialog.getByText('Observed').waitFor();

    const trips = (await auditOf(scene)).filter(({ action }) => action === 'breaker.trip');
    assert.deepEqual(trips.map(({ phase }) => phase).toSorted(), ['intent', 'result']);
  }),
);

test('keyboard only: from the list to an isolated breaker and back, with focus restored', options, () =>
  at('healthy', {}, async ({ page, scene }) => {
    await page.keyboard.press('g');
    await page.keyboard.press('b');
    await page.waitForSelector('.breaker-table');
    await page.keyboard.press('/');
    await page.keyboard.type('mail');
    await page.waitForFunction(() => document.querySelectorAll('.breaker-table tbody tr').length === 1);
    for (let step = 0; step < 20; step += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.textContent === 'mail')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('.standing');
    const isolate = page.getByRole('button', { name: 'Isolate mail' });
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab');
      if (await isolate.evaluate((element) => element === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.closest('dialog'));
    const first = await page.evaluate(() => document.activeElement?.textContent);
    const dialog = page.locator('dialog');
    for (let step = 0; step < 10; step += 1) {
      await page.keyboard.press('Shift+Tab');
      if (await page.evaluate(() => document.activeElement?.tagName === 'INPUT')) break;
    }
    await page.keyboard.type('the vendor works on it');
    await page.keyboard.press('Enter');
    await dialog.getByText('Observed').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const back = await page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName,
    );

    assert.equal(first, 'Cancel', 'nothing is done by a key too many');
    const { breakers } = await scene.kit.get<OverviewView>('overview');
    assert.equal(breakers.find(({ id }) => id === 'letters.mail')?.override?.mode, 'isolated');
    // The pressed button is gone: an isolated breaker can't be isolated again.
    assert.ok(['BODY', 'Isolate mail', 'Release mail'].includes(back ?? ''), `the focus is on ${back}`);
  }),
);

const hostile = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  "';alert(3)//",
  '<svg/onload=alert(4)>',
  '<a href="javascript:alert(5)">go</a>',
  '{{constructor.constructor("alert(6)")()}}',
  '\u202Egpj.exe\u0007\u001B[31m',
];

test('untrusted text stays text on every page: names, errors, reasons, notes, log lines', options, async () => {
  await using scene = await newScene('healthy');
  const { kit } = scene;
  for (const [place, payload] of hostile.entries()) {
    const breaker = new CircuitBreaker({ name: payload, failureThreshold: 1, resetTimeoutMs: 60_000 });
    kit.registry.pipeline(`hostile-${place} ${payload}`, [breaker]);
    await breaker.execute(() => Promise.reject(Object.assign(new Error(payload), { code: payload }))).catch(() => {});
    await breaker
      .execute(() => Promise.reject(Object.assign(new Error(payload), { code: 'ECONNRESET' })))
      .catch(() => {});
    kit.console.log(
      JSON.stringify({ level: 50, time: Date.now(), msg: payload, correlationId: payload, [payload]: payload }),
    );
    await kit.order('POST', 'breakers/letters.mail/actions', { action: 'trip', reason: `why ${payload}` });
    await kit.order('POST', 'incidents/1/notes', { note: `note ${payload}` });
  }
  await kit.clock.advance(1_000);
  scene.run();
  const context = await newContext();
  const { page, troubles } = await openTab(context, new URL(scene.url).origin);
  await page.goto(scene.url);
  const { breakers } = await kit.get<OverviewView>('overview');
  const ids = breakers
    .filter(({ name }) => hostile.includes(name))
    .map(({ id }) => `breakers/${encodeURIComponent(id)}`);
  let seen = '';
  for (const address of [...addresses, ...ids, 'logs?q=alert', `logs?cid=${encodeURIComponent(hostile[0] ?? '')}`]) {
    await page.evaluate((hash) => (location.hash = hash), `#/${address}`);
    await page.waitForFunction(
      () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
    );
    for (const summary of await page.locator('main summary').all()) await summary.click().catch(() => {});
    seen += await page.locator('body').innerText();
    const planted = await page.locator('img, iframe, object, a[href^="javascript:" i], svg[onload]').count();
    assert.equal(planted, 0, address);
  }
  assert.deepEqual(troubles, []);
  assert.ok(ids.length >= 5, `${ids.length} hostile breakers`);
  for (const payload of hostile.slice(0, 5)) assert.ok(seen.includes(payload), `${payload} is shown as it is`);
  await context.close();
});

test('the page is served with a strict content security policy, and the verdict needs one API request', options, () =>
  at('outage', {}, async ({ page, scene }) => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/')) asked.push(new URL(request.url()).pathname);
    });
    const response = await page.reload();
    await page.waitForSelector('.verdict-text');
    const needed = asked.filter((path) => !path.endsWith('/events') && !path.endsWith('/session'));
    const policy = response?.headers()['content-security-policy'] ?? '';

    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /require-trusted-types-for 'script'; trusted-types 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.deepEqual(needed, [`${new URL(scene.url).pathname}api/v1/overview`]);
  }),
);

test('without a stream the page polls every few seconds, and says so', options, async () => {
  await using scene = await newScene('healthy');
  const context = await newContext();
  const { page } = await openTab(context, new URL(scene.url).origin);
  await page.route('**/api/v1/events*', (route) => route.fulfill({ status: 406, body: '' }));
  await page.goto(scene.url);
  await page.waitForFunction(() => document.querySelector('.freshness')?.textContent?.startsWith('Every 5 s'));
  scene.kit.mail.trip('to be seen by asking');
  await page.waitForSelector('[data-id="letters.mail"][data-state="open"]');
  await context.close();
});

test('when the session has ended, signing in leads back to the same page', options, () =>
  at('outage', { address: 'incidents/1' }, async ({ page, scene, tab }) => {
    await page.waitForSelector('.incident-verdict');
    scene.kit.user = undefined;
    await page.evaluate(() => void dispatchEvent(new Event('online')));
    await page.reload();
    await page.waitForURL(/sign-in/);
    assert.match(page.url(), /sign-in\?next=%2Fadmin%2F#\/incidents\/1$/);
    tab.troubles.length = 0;
  }),
);

test('on a phone, users sign out from the menu, which also links to their account and the school', options, () =>
  at('healthy', { viewport: { width: 390, height: 844 } }, async ({ page, scene, tab }) => {
    await page.getByRole('button', { name: 'Menu' }).click();
    const menu = page.getByRole('region', { name: 'You', exact: true });
    assert.equal(await menu.getByRole('link', { name: 'My account' }).getAttribute('href'), '/account');
    assert.equal(await menu.getByRole('link', { name: 'Back to Driving School' }).getAttribute('href'), '/');
    assert.match((await menu.textContent()) ?? '', /Ana/);
    scene.kit.user = undefined;
    await menu.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in$/);
    tab.troubles.length = 0;
  }),
);

test(
  'a page loaded ahead opens while the server is down; one that wasn’t loaded says so and can be retried',
  options,
  async () => {
    await using scene = await newScene('healthy');
    await using proxy = await startProxy(scene.url);
    scene.run();
    const context = await newContext();
    const { page } = await openTab(context, new URL(proxy.url).origin);
    await page.goto(proxy.url);
    await page.waitForSelector('.verdict-text');
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /help-page/.test(name)),
    );
    await page.waitForLoadState('load');
    proxy.cut();
    await page.evaluate(() => (location.hash = '#/help'));
    await page.getByRole('heading', { name: 'Glossary', level: 1 }).waitFor();
    proxy.mend();

    // A browser with an empty cache.
    const other = await newContext();
    const late = await other.newPage();
    await late.addInitScript(() => {
      // Without idle callbacks nothing is loaded ahead.
      window.requestIdleCallback = () => 0;
    });
    await late.goto(proxy.url);
    await late.waitForSelector('.verdict-text');
    proxy.cut();
    await late.evaluate(() => (location.hash = '#/help'));
    await late.getByText('This page couldn’t be loaded').waitFor();
    proxy.mend();
    await late.getByRole('button', { name: 'Retry' }).click();
    await late.getByRole('heading', { name: 'Glossary', level: 1 }).waitFor();
    await other.close();
    await context.close();
  },
);

test('on the rows of Breakers, i, h and r open the dialog of the row, or say why they can’t', options, () =>
  at('outage', { address: 'breakers' }, async ({ page }) => {
    const dialog = page.getByRole('dialog');
    const link = page.locator('.breaker-table a[href$="/lookups.students"]');
    for (const [key, question] of [
      ['i', 'Isolate students?'],
      ['h', 'Half-open students now?'],
      ['r', 'Close and reset students?'],
    ] as const) {
      await link.focus();
      await page.keyboard.press(key);
      await dialog.getByText(question).waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      assert.equal(await link.evaluate((element) => element === document.activeElement), true, `after ${key}`);
    }
    await page.locator('.breaker-table a[href$="/bookings.calendar"]').focus();
    await page.keyboard.press('h');
    await page.getByText('calendar: Only an open breaker can be half-opened.').first().waitFor();
    assert.equal(await dialog.count(), 0);
  }),
);

test('single keys only open dialogs; they can be turned off and are ignored while the user types', options, () =>
  at('outage', {}, async ({ page, scene }) => {
    const dialog = page.getByRole('dialog');
    const row = page.locator('.status-item[data-id="lookups.students"] h3 a');
    const before = (await auditOf(scene)).length;
    await row.focus();
    await page.keyboard.press('i');
    await dialog.getByText('Isolate students?').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await row.focus();
    await page.keyboard.press('h');
    await dialog.getByText('Half-open students now?').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.evaluate(() => (location.hash = '#/breakers/lookups.students'));
    await page.waitForSelector('.standing');
    await page.keyboard.press('2');
    await page.waitForFunction(() => location.hash.includes('range=1h'));
    await page.keyboard.press('r');
    await dialog.getByText('Close and reset students?').waitFor();
    await dialog.getByLabel('Reason').focus();
    await page.keyboard.type('g b is typed');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await dialog.getByLabel('Enable keyboard shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('i');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForTimeout(300);

    assert.equal(await dialog.count(), 0);
    assert.match(page.url(), /breakers/);
    assert.equal((await auditOf(scene)).length, before);
  }),
);
