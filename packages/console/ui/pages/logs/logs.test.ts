import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '../../../src/contract.ts';
import { filterOf, matches, parametersOf } from './log-filter.ts';
import { appended, rowsOf, ROWS_MAX } from './tail.ts';
import { waterfallOf } from './waterfall.ts';

function line(seq: number, more: Partial<LogLine> = {}): LogLine {
  return {
    seq,
    at: new Date(Date.UTC(2026, 10, 23, 17, 0, 0, seq * 100)).toISOString(),
    level: 'info',
    message: `line ${seq}`,
    correlation_id: null,
    breaker: null,
    fields: {},
    ...more,
  };
}

test('a line matches when every part of the filter does; case is ignored, fields are searched too', () => {
  const wanted = line(1, {
    level: 'error',
    message: 'Connection RESET',
    breaker: 'reads',
    fields: { code: 'ECONNRESET' },
  });
  const ask = (query: string): boolean => matches(wanted, filterOf(new URLSearchParams(query)));

  assert.deepEqual(
    [
      '',
      'q=reset',
      'q=econn',
      'level=warn',
      'level=fatal',
      'breaker=reads',
      'breaker=other',
      'cid=c-1',
      'level=nonsense',
    ].map(ask),
    [true, true, true, true, false, true, false, false, true],
  );
  assert.equal(parametersOf(filterOf(new URLSearchParams('cid=c-1&q=a b'))).toString(), 'q=a+b&correlation_id=c-1');
});

test('the live log never exceeds its limit, and reports the number of omitted lines', () => {
  let rows = rowsOf([], 0, () => true);
  for (let batch = 0; batch < 40; batch += 1) {
    const lines = Array.from({ length: 90 }, (_, place) => line(batch * 90 + place));
    rows = appended(
      rows,
      rowsOf(lines, batch === 39 ? 7 : 0, () => true),
    );
  }
  const last = rows.at(-1);

  assert.equal(rows.length, ROWS_MAX);
  assert.equal(last?.kind === 'gap' && last.text, '7 lines omitted: too many at once');
  assert.equal(
    appended(
      [],
      Array.from({ length: 3_000 }, (_, seq) => rowsOf([line(seq)], 0, () => true)[0]!),
    ).length,
    ROWS_MAX,
  );
});

test('a waterfall begins at the first line, and a retry’s bar is as long as its delay', () => {
  const { rows, totalMs } = waterfallOf([line(9), line(0), line(1, { fields: { delay_ms: 400 } }), line(5)]);

  assert.equal(totalMs, 900);
  assert.deepEqual(
    rows.map(({ afterMs, isDelay }) => [afterMs, isDelay]),
    [
      [0, false],
      [100, true],
      [500, false],
      [900, false],
    ],
  );
  assert.ok(Math.abs((rows[1]?.length ?? 0) - 400 / 900) < 1e-9);
  assert.deepEqual(waterfallOf([]), { rows: [], totalMs: 0 });
});
