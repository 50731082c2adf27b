import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from './read-csv.ts';

function bytes(...values: number[]): ArrayBuffer {
  return new Uint8Array(values).buffer;
}

test('UTF-8 is read as UTF-8, without its byte order mark', () => {
  assert.deepEqual(readCsv(bytes(0xef, 0xbb, 0xbf, 0x5a, 0x6f, 0xc3, 0xa9)), { text: 'Zoé', encoding: 'UTF-8' });
});

test('bytes that are not UTF-8 are read as Windows-1252', () => {
  assert.deepEqual(readCsv(bytes(0x5a, 0x6f, 0xe9)), { text: 'Zoé', encoding: 'Windows-1252' });
});

test('UTF-16 is read with either byte order', () => {
  const expected = { text: 'Zoé', encoding: 'UTF-16' };
  assert.deepEqual(readCsv(bytes(0xff, 0xfe, 0x5a, 0, 0x6f, 0, 0xe9, 0)), expected);
  assert.deepEqual(readCsv(bytes(0xfe, 0xff, 0, 0x5a, 0, 0x6f, 0, 0xe9)), expected);
});

test('Excel workbooks and other files that are not text are refused with their kind', () => {
  const codeOf = (file: ReturnType<typeof readCsv>) => ('code' in file ? file.code : file.encoding);
  assert.equal(codeOf(readCsv(bytes(0x50, 0x4b, 3, 4, 0x14, 0, 6, 0))), 'file_is_workbook');
  assert.equal(codeOf(readCsv(bytes(0xd0, 0xcf, 0x11, 0xe0))), 'file_is_workbook');
  assert.equal(codeOf(readCsv(bytes(0x5a, 0x6f, 0, 0))), 'file_encoding');
});
