import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { classificationTable } from 'dualbrake';
import { remakeTable, tablePage, writtenTable } from './table.ts';

test('the page of the table matches the classifier', () => {
  const page = tablePage(classificationTable);

  assert.equal(writtenTable(), page, `If the change is meant to be, write it down: ${remakeTable}`);
  assert.match(
    page,
    /^\| `postgres\.40P01`|^\| `postgres\.class-40` \| transient \| conflict \| R \|  \| yes \| no \|/m,
  );
});

test('the README states the number of rows', () => {
  const count = classificationTable.reduce((sum, { rows }) => sum + rows.length, 0);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  assert.ok(readme.includes(`[${count} rows](docs/classification-table.md)`), `${count} rows`);
});
