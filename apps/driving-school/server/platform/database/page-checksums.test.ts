import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sql } from 'kysely';
import { checkAllPages, PAGE_BYTES, pageChecksum } from './page-checksums.ts';
import { copyDatabaseTemplate, testDatabase } from './testing/test-database.ts';

let directory: string;

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'pages-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Creates a table with intact pages. @returns the path of its file */
function aTable(pages: number, file = 'base/5/16384'): string {
  mkdirSync(join(directory, 'base', '5'), { recursive: true });
  mkdirSync(join(directory, 'global'));
  const [, segment = '0'] = file.split('.');
  const bytes = Buffer.alloc(pages * PAGE_BYTES, 'some rows ');
  for (let number = 0; number < pages; number += 1) {
    const page = bytes.subarray(number * PAGE_BYTES, (number + 1) * PAGE_BYTES);
    page.writeUInt16LE(pageChecksum(page, Number(segment) * 131_072 + number), 8);
  }
  writeFileSync(join(directory, file), bytes);
  return join(directory, file);
}

function overwrite(path: string, position: number, text: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, text, position);
  closeSync(file);
}

test('the pages of a database created by PostgreSQL are intact and have checksums', async () => {
  await copyDatabaseTemplate(directory);
  const report = checkAllPages(join(directory, 'postgres'));
  assert.ok(report.pages > 1_000, `${report.pages} pages`);
  assert.deepEqual({ ...report, pages: 0 }, { pages: 0, damaged: [], hasChecksums: true });
});

test('a single changed byte is detected, with its file and page', () => {
  overwrite(aTable(200), 130 * PAGE_BYTES + 4_000, '!');
  assert.deepEqual(checkAllPages(directory), {
    pages: 200,
    damaged: [{ file: 'base/5/16384', page: 130 }],
    hasChecksums: true,
  });
});

test('page numbers continue in the second file of a table', () => {
  aTable(2, 'base/5/16384.1');
  assert.deepEqual(checkAllPages(directory).damaged, []);
});

test('a page of zeros is intact; one with any other byte is damaged', () => {
  const path = aTable(3);
  overwrite(path, PAGE_BYTES, '\0'.repeat(2 * PAGE_BYTES));
  assert.deepEqual(checkAllPages(directory).damaged, []);
  overwrite(path, 2 * PAGE_BYTES + 100, 'x');
  assert.deepEqual(checkAllPages(directory).damaged, [{ file: 'base/5/16384', page: 2 }]);
});

test('in a database without checksums, nothing is reported as damaged', () => {
  const path = aTable(2);
  for (const page of [0, 1]) overwrite(path, page * PAGE_BYTES + 8, '\0\0');
  assert.deepEqual(checkAllPages(directory), { pages: 2, damaged: [], hasChecksums: false });
});

for (const code of ['XX001', 'XX002']) {
  test(`${code} from the database counts as damage until an operator restarts it`, async () => {
    await using database = await testDatabase();
    assert.equal(database.damage, undefined);
    const damage = sql.raw(`DO $$ BEGIN RAISE EXCEPTION 'invalid page' USING ERRCODE = '${code}'; END $$`);
    await assert.rejects(damage.execute(database.kysely), { code });
    assert.equal(database.damage, `error ${code}: invalid page`);
    await database.restart();
    assert.equal(database.damage, undefined);
  });
}
