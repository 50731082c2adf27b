/** Longer tasks: concurrent settings changes, bulk actions, the live log, a drill. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord, ConfigView, FaultList, OverviewView } from '../src/contract.ts';
import { openTab } from './pages/browser.ts';
import { at, newContext, newScene, options, useBrowser } from './pages/stage.ts';

useBrowser();

test('two people change the same setting: the second sees both, keeps the draft, and saves on top', options, () =>
  at('healthy', { address: 'settings?member=letters.mail' }, async ({ page, scene: { kit } }) => {
    const field = page.getByLabel('Consecutive failures to open of mail, calls');
    await field.fill('0');
    await page.getByText('Must be from 1 to 1,000,000.').waitFor();
    await field.fill('9');
    await page.getByText('Preview:').waitFor();
    await page.getByText('1 unsaved change').waitFor();
    const { etag } = await kit.get<ConfigView>('config');
    await kit.order(
      'PATCH',
      'config',
      { settings: { 'letters.mail': { failureThreshold: 4 } }, reason: 'by somebody else' },
      { 'if-match': etag },
    );
    const panel = page.locator('.banner', { hasText: 'saved in the meantime' });
    await panel.waitFor();
    const row = await panel.locator('tbody tr').allTextContents();
    await panel.getByRole('button', { name: 'Keep my values' }).click();
    await page.getByRole('button', { name: 'Save…' }).click();
    const dialog = page.getByRole('dialog');
    const words = (await dialog.textContent()) ?? '';
    await dialog.getByLabel('Reason').fill('as we agreed by telephone');
    await dialog.getByRole('button', { name: 'Save 1 setting' }).click();
    await dialog.getByText('Observed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.getByText('unsaved change').waitFor({ state: 'detached' });

    const saved = await kit.get<ConfigView>('config');
    assert.deepEqual(row, ['mail: Consecutive failures to open249']);
    assert.match(
      words,
      /All changes apply together.*mail: Consecutive failures to open 4 → 9.*Preview.*mail: .*Restore revision 2 to return/s,
    );
    assert.equal(saved.revision, 3);
    assert.equal(saved.members.find(({ id }) => id === 'letters.mail')?.values['failureThreshold'], 9);
  }),
);

test('settings are tried for a while, and a revision is restored', options, () =>
  at('healthy', { address: 'settings?member=letters.mail' }, async ({ page, scene: { kit } }) => {
    await page.getByLabel('Reset timeout of mail, ms', { exact: true }).fill('2,500');
    await page.getByRole('button', { name: 'Try temporarily…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For').selectOption('5');
    await dialog.getByLabel('Reason').fill('to see whether it helps');
    await dialog.getByRole('button', { name: 'Try 1 setting' }).click();
    await dialog.getByText('Observed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.getByText('Temporary settings').waitFor();
    const tried = await kit.get<ConfigView>('config');
    await page.getByRole('link', { name: 'Revision 2', exact: true }).click();
    await page.getByRole('button', { name: 'Restore the previous revision, 1…' }).click();
    await dialog.getByLabel('Reason').fill('it did not help');
    await dialog.getByRole('button', { name: 'Restore revision 1' }).click();
    await dialog.getByText('Observed').waitFor();

    const restored = await kit.get<ConfigView>('config');
    const valueOf = (view: ConfigView): number | undefined =>
      view.members.find(({ id }) => id === 'letters.mail')?.values['resetTimeoutMs'];
    assert.deepEqual([valueOf(tried), valueOf(restored)], [2_500, 5_000]);
    assert.ok(tried.auto_revert_at !== null);
  }),
);

test('the preview of a draft is shown beside the values it concerns', options, () =>
  at('healthy', { address: 'settings?member=letters.mail' }, async ({ page }) => {
    await page.getByLabel('Reset timeout of mail, ms', { exact: true }).fill('2,500');
    const card = page.locator('[data-member="letters.mail"]');
    await card.getByRole('region', { name: 'Preview for mail' }).waitFor();
    const [draft, preview] = [
      await page.getByLabel('Reset timeout of mail, ms', { exact: true }).boundingBox(),
      await card.getByRole('region', { name: 'Preview for mail' }).boundingBox(),
    ];
    const away = (preview?.y ?? Infinity) - (draft?.y ?? 0);
    assert.ok(away > 0 && away < 900, `${away} px below the value`);
  }),
);

test('two operators release the same breaker: the second sees at once who did it first', options, () =>
  at('healthy', { address: 'breakers/letters.mail' }, async ({ page, scene: { kit } }) => {
    const isolate = { mode: 'isolated', reason: 'the server is moved' };
    await kit.order('PUT', 'breakers/letters.mail/override', isolate);
    await page.getByRole('button', { name: 'Release mail' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Isolated by Ana').waitFor();
    kit.user = { id: 'u-7', name: 'Ben', role: 'admin' };
    await kit.order('DELETE', 'breakers/letters.mail/override', { reason: 'it is back' });
    await dialog.getByText('Ben has already released mail').waitFor();

    assert.doesNotMatch((await dialog.textContent()) ?? '', /Isolated by/);
    assert.equal(await dialog.getByRole('button', { name: 'Release mail' }).count(), 0);
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await dialog.waitFor({ state: 'detached' });
  }),
);

test('a bulk action isolates exactly the selected breakers', options, () =>
  at('healthy', { address: 'breakers?sort=name' }, async ({ page, scene: { kit } }) => {
    for (const name of ['mail', 'maps']) await page.getByLabel(`Select ${name}`, { exact: true }).check();
    await page.getByText('2 selected').waitFor();
    await page.getByRole('region', { name: 'Selected breakers' }).getByRole('button', { name: 'Isolate…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('the vendor moves house');
    await dialog.getByRole('button', { name: 'Isolate 2 breakers' }).click();
    await dialog.getByText('2 of 2 done, 0 skipped, 0 failed.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();

    const { breakers } = await kit.get<OverviewView>('overview');
    assert.deepEqual(
      breakers
        .filter(({ override }) => override?.mode === 'isolated')
        .map(({ name }) => name)
        .toSorted(),
      ['mail', 'maps'],
    );
  }),
);

test('the live log follows new lines, stops when the reader scrolls up, and counts the new lines below', options, () =>
  at('healthy', { address: 'logs?live=1&q=lesson' }, async ({ page, scene: { kit } }) => {
    const say = (text: string): void =>
      kit.console.log(JSON.stringify({ level: 30, time: Date.now(), msg: text, correlationId: 'c-live' }));
    // Wait for both streams, the page's and the live log's: earlier lines would not count as new.
    while (kit.console.figures().streams < 2) await page.waitForTimeout(20);
    for (let line = 0; line < 120; line += 1) say(`lesson ${line}`);
    say('something else');
    await page.getByRole('button', { name: 'lesson 119', exact: true }).waitFor();
    const atEnd = await page
      .locator('.log-box')
      .evaluate((box) => box.scrollTop + box.clientHeight >= box.scrollHeight - 30);
    await page.locator('.log-box').evaluate((box) => box.scrollTo(0, 0));
    // The scroll event is dispatched before the next frame.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    for (let line = 120; line < 150; line += 1) say(`lesson ${line}`);
    await page.getByRole('button', { name: '30 new lines' }).waitFor();
    const stayed = await page.locator('.log-box').evaluate((box) => box.scrollTop);
    await page.getByRole('button', { name: '30 new lines' }).click();
    await page.keyboard.press('.');
    await page.getByRole('button', { name: 'Follow live' }).waitFor();

    assert.equal(atEnd, true);
    assert.equal(stayed, 0);
    assert.equal(await page.getByText('something else').count(), 0);
    await page.waitForFunction(() => document.querySelectorAll('.log-line').length >= 150);
  }),
);

test('a drill is started with an end and a stop condition, shown on every page, and stopped', options, () =>
  at('healthy', { address: 'drills' }, async ({ page, scene: { kit } }) => {
    await page.getByLabel('Fault').selectOption('delay');
    await page.getByLabel('Delay (ms)').fill('0');
    await page.getByRole('button', { name: 'Start drill…' }).click();
    await page.getByText('Enter a number from 1 to 60,000.').waitFor();
    await page.getByLabel('Delay (ms)').fill('250');
    await page.getByRole('button', { name: 'Start drill…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('what do people see?');
    await dialog.getByRole('button', { name: 'Start drill' }).click();
    await dialog.getByText('Observed').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.getByText('A drill is running', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Stop…' }).click();
    await dialog.getByRole('button', { name: 'Stop drill' }).click();
    await dialog.getByText('Observed').waitFor();

    const { faults } = await kit.get<FaultList>('faults');
    assert.deepEqual(
      faults.map(({ kind, delay_ms: delay, state, stop_conditions: stops }) => [kind, delay, state, stops.length]),
      [['delay', 250, 'stopped', 1]],
    );
  }),
);

test('viewers see everything and are told which roles can act', options, async () => {
  await using scene = await newScene('outage');
  scene.run();
  scene.kit.user = { id: 'u-2', name: 'Vera', role: 'viewer' };
  const context = await newContext();
  const { page } = await openTab(context, new URL(scene.url).origin);
  await page.goto(`${scene.url}#/breakers/lookups.students`);
  const button = page.getByRole('button', { name: 'Isolate students' });
  await button.waitFor();
  await button.click({ force: true });
  const told = await button.getAttribute('title');
  const dialogs = await page.getByRole('dialog').count();
  await page.evaluate(() => (location.hash = '#/audit'));
  await page.getByText('can read their own actions in the audit log.').waitFor();
  await page.evaluate(() => (location.hash = '#/settings'));
  await page.getByText('Only the maintainer or the admin can change settings.').waitFor();
  const inputs = await page.locator('main input:not([type=search])').count();

  const { records } = await (async () => {
    scene.kit.user = { id: 'u-1', name: 'Ana', role: 'admin' };
    return scene.kit.get<{ records: readonly AuditRecord[] }>('audit?actor=u-2');
  })();
  assert.equal(told, 'Only the operator, the maintainer or the admin can control breakers.');
  assert.deepEqual([dialogs, inputs, records.length], [0, 0, 0]);
  await context.close();
});
