import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { command } from '../page.ts';
import { deciders } from './deciders.ts';
import { classifiersFile } from './page.ts';
import { scoreOf, undisputed } from './score.ts';

test('each decider decides: some cases are retried by it, and some are not', async () => {
  for (const decider of deciders.filter(({ name }) => name !== 'always retry')) {
    const retried = new Set<boolean>();
    for (const { make } of undisputed.slice(0, 120)) {
      const { error, context } = make();
      retried.add(await decider.decide(error, context));
    }
    assert.deepEqual(retried, new Set([true, false]), decider.name);
  }
});

test('the page has the figures of these versions', async () => {
  const page = readFileSync(classifiersFile, 'utf8');
  for (const decider of deciders) {
    const { right, cases } = await scoreOf(decider, undisputed);
    const line = `| ${decider.name} | ${decider.asked} | ${((100 * right) / cases).toFixed(1)} % |`;
    assert.ok(page.includes(line), `The page is old; make it anew with \`${command}\`: ${line}`);
  }
});
