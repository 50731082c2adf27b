import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { providers } from './index.ts';
import { providers as forBrowsers } from './web.ts';

test('a bundle for browsers has some of the clients, and knows nothing that the others do not', () => {
  const rulesOf = ({ sources }: typeof providers): Set<string> =>
    new Set(sources.flatMap(({ rows }) => rows.map(({ verdict }) => verdict.rule)));
  const all = rulesOf(providers);
  const some = rulesOf(forBrowsers);

  assert.ok(some.size > 50 && some.size < all.size / 2, `${some.size} of ${all.size}`);
  assert.deepEqual(
    [...some].filter((rule) => !all.has(rule)),
    [],
  );
});

test('package.json puts the shorter list in the place of the whole one', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    readonly browser: Readonly<Record<string, string>>;
  };
  const sourceOf = (file: string): URL =>
    new URL(file.replace('./dist/', '../../').replace(/\.js$/, '.ts'), import.meta.url);

  assert.deepEqual(manifest.browser, {
    './dist/classify/providers/index.js': './dist/classify/providers/web.js',
  });
  for (const file of Object.entries(manifest.browser).flat()) assert.ok(existsSync(sourceOf(file)), file);
});

test('no client claims an error that has nothing but a name of its own', () => {
  const own = Object.assign(new Error('the payment was declined'), {
    name: 'PaymentDeclined',
    code: 'E_DECLINED',
    code2: 3,
  });

  assert.equal(providers.rule(own), undefined);
  assert.equal(providers.rule('a string'), undefined);
  assert.equal(providers.rule(null), undefined);
});
