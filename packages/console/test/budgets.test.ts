/** Size budgets of the page. Its run-time costs are measured by `npm run bench:pages`: machines are too noisy for a test. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildPage } from './pages/built-page.ts';
import { sizesOf } from './pages/sizes.ts';

test('the page stays within its size budgets and loads nothing from other hosts', async (context) => {
  const built = await buildPage();
  context.after(() => built.remove());
  const { first, chart, folder } = sizesOf(built.directory);
  const assets = join(built.directory, 'assets');
  const outside = readdirSync(assets)
    .filter((name) => /\.(js|css)$/.test(name))
    .flatMap(
      (name) => readFileSync(join(assets, name), 'utf8').match(/(?:url\(|@import |src=)["']?https?:[^"')]+/g) ?? [],
    );

  assert.ok(first <= 60_000, `scripts and styles of the first page: ${first} bytes`);
  assert.ok(chart > 0 && chart <= 24_000, `chart: ${chart} bytes`);
  assert.ok(folder <= 400_000, `folder: ${folder} bytes`);
  assert.deepEqual(outside, []);
});
