import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '../../../src/contract.ts';
import { filterOf, fits, parametersOf } from './log-filter.ts';
import { rowsOf, ROWS_MAX, withMore } from './tail.ts';
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

test('a line fits when every part of the filter does; case does not matter, fields are searched too', () => {
  const wanted = line(1, {
    level: 'error',
    message: 'Connection RESET',
    breaker: 'reads',
    fields: { code: 'ECONNRESET' },
  });
  const ask = (query: string): boolean => fits(wanted, filterOf(new URLSearchParams(query)));

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

test('the live log never grows beyond its bound, and says what was left out', () => {
  let rows = rowsOf([], 0, () => true);
  for (let batch = 0; batch < 40; batch += 1) {
    const lines = Array.from({ length: 90 }, (_, place) => line(batch * 90 + place));
    rows = withMore(
      rows,
      rowsOf(lines, batch === 39 ? 7 : 0, () => true),
    );
  }
  const last = rows.at(-1);

  assert.equal(rows.length, ROWS_MAX);
  assert.equal(last?.kind === 'gap' && last.text, '7 lines left out: too many at once');
  assert.equal(
    withMore(
      [],
      Array.from({ length: 3_000 }, (_, seq) => rowsOf([line(seq)], 0, () => true)[0]!),
    ).length,
    ROWS_MAX,
  );
});

test('a waterfall begins at the first line, and a retry’s bar is as long as its wait', () => {
  const { rows, totalMs } = waterfallOf([line(9), line(0), line(1, { fields: { delay_ms: 400 } }), line(5)]);

  assert.equal(totalMs, 900);
  assert.deepEqual(
    rows.map(({ afterMs, isWait }) => [afterMs, isWait]),
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
