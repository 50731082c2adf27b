/** The peers are not needed here: what they do is on the page, and changes only with their versions. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dualbrake } from './adapters/dualbrake.ts';
import { judge } from './judge.ts';
import { command, pageFile, pageWith } from './page.ts';
import { themes } from './pitfalls/index.ts';

for (const { title: theme, pitfalls } of themes) {
  for (const pitfall of pitfalls) {
    test(`${theme}: ${pitfall.title} (${pitfall.number})`, async () => {
      assert.deepEqual(await judge(dualbrake, pitfall), { is: 'right' });
    });
  }
}

test('the page lists every pitfall, each once', () => {
  const page = readFileSync(pageFile, 'utf8');
  const listed = [...page.matchAll(/^\| ([PF]\d+[a-z]?) \| (.+?) \|/gm)].map(
    ([, number, title]) => `${number} ${title}`,
  );
  const known = themes.flatMap(({ pitfalls }) => pitfalls.map(({ number, title }) => `${number} ${title}`));
  assert.deepEqual(listed, known, `The page is old; make it anew with \`${command}\`.`);
});

test('making one part of the page anew keeps the other', () => {
  const page = readFileSync(pageFile, 'utf8');
  const [pitfalls = '', suites = ''] = page.split("\n## The peers' own tests\n\n");
  assert.equal(pageWith('pitfalls', pitfalls), page);
  assert.equal(pageWith('suites', suites), page);
});
