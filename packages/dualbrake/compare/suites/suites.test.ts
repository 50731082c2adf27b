import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pageFile } from '../page.ts';
import { suites } from './index.ts';
import { command, countsOf } from './page.ts';
import { resultOf } from './run.ts';

for (const { peer, scenarios } of suites) {
  for (const scenario of scenarios.filter(({ run }) => run !== undefined)) {
    const story = scenario.verdict === 'same' ? '' : ` - on purpose: ${scenario.because ?? ''}`;
    test(`${peer}: ${scenario.title}${story}`, async () => {
      assert.deepEqual(await resultOf(scenario), { scenario, verdict: scenario.verdict });
    });
  }
}

test('all 29 behaviours that were worse when the suites were first tried are run', () => {
  const once = suites.flatMap(({ scenarios }) => scenarios.filter(({ onceWorse }) => onceWorse !== undefined));
  assert.equal(once.filter(({ run }) => run !== undefined).length, 29);
});

test('each title of a peer is told once', () => {
  for (const { peer, scenarios } of suites) {
    const keys = scenarios.map(({ source, title }) => `${source}: ${title}`);
    assert.deepEqual(keys, [...new Set(keys)], peer);
  }
});

test('the page counts what the suites hold', () => {
  const page = readFileSync(pageFile, 'utf8');
  for (const suite of suites) {
    const results = suite.scenarios.map((scenario) => ({ scenario, verdict: scenario.verdict }));
    const row = `| ${suite.peer} | ${suite.snapshot} | ${countsOf({ suite, results }).join(' | ')} |`;
    assert.ok(page.includes(row), `The page lacks "${row}"; make it anew with \`${command}\`.`);
  }
});
