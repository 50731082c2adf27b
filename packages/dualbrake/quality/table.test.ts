import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationTable } from 'dualbrake';
import { remakeTable, tablePage, writtenTable } from './table.ts';

test('the page of the table says what the classifier does', () => {
  const page = tablePage(classificationTable);

  assert.equal(writtenTable(), page, `If the change is meant to be, write it down: ${remakeTable}`);
  assert.match(
    page,
    /^\| `postgres\.40P01`|^\| `postgres\.class-40` \| transient \| conflict \| R \|  \| yes \| no \|/m,
  );
});
