import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from './read-csv.ts';

function bytes(...values: number[]): ArrayBuffer {
  return new Uint8Array(values).buffer;
}

test('UTF-8 is read as UTF-8, and its byte order mark goes', () => {
  assert.deepEqual(readCsv(bytes(0xef, 0xbb, 0xbf, 0x5a, 0x6f, 0xc3, 0xa9)), { text: 'Zoé', encoding: 'UTF-8' });
});

test('bytes that are not UTF-8 are read as an older spreadsheet wrote them', () => {
  assert.deepEqual(readCsv(bytes(0x5a, 0x6f, 0xe9)), { text: 'Zoé', encoding: 'Windows-1252' });
});
