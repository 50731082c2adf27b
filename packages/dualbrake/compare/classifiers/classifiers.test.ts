import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { command } from '../page.ts';
import { deciders } from './deciders.ts';
import { classifiersFile } from './page.ts';
import { field, scoreOf, undisputed, type Score } from './score.ts';

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
    const lines = [
      `| ${decider.name} | ${decider.asked} | ${percent(await scoreOf(decider, undisputed))} |`,
      `| ${decider.name} | ${percent(await scoreOf(decider, field))} |`,
    ];
    for (const line of lines)
      assert.ok(page.includes(line), `The page is old; make it anew with \`${command}\`: ${line}`);
  }
});

function percent({ right, cases }: Score): string {
  return `${((100 * right) / cases).toFixed(1)} %`;
}
