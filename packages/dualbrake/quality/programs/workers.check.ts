import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundle } from '../bundle.ts';
import { layOut, type Program } from './program.ts';

/** Status, and the answer or the code of the error. */
type Answer = readonly [number, unknown];

interface Answers {
  readonly timeout: readonly Answer[];
  readonly bulkhead: readonly Answer[];
  readonly order: Answer;
  readonly impatient: readonly Answer[];
  readonly rate: readonly Answer[];
  readonly retry: readonly Answer[];
  readonly breaker: readonly Answer[];
  readonly cache: readonly Answer[];
  readonly cached: Answer;
  readonly hedge: readonly Answer[];
  readonly chain: readonly Answer[];
  readonly decorators: Answer;
  readonly fetch: Answer;
}

const { program, skip } = await layOut('workers');

/** What wrangler makes of the Worker. */
async function bundleWorker(workers: Program): Promise<void> {
  const text = readFileSync(join(workers.folder, 'worker.mjs'), 'utf8');
  const { code } = await bundle(workers.folder, text, { target: 'es2024', minify: false });
  writeFileSync(join(workers.folder, 'bundle.js'), code);
}

const bundled = program && bundleWorker(program);

const each = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** What promises of one request may do to another one has changed in October 2024. */
for (const flags of [['2026-07-01'], ['2026-07-01', 'nodejs_compat'], ['2024-09-01']]) {
  test(
    `F4: policies at module level serve concurrent requests: Workers of ${flags.join(' with ')}`,
    { skip: skip ?? false },
    async () => {
      assert.ok(program !== undefined);
      await bundled;
      const answers = JSON.parse(await program.run(process.execPath, ['main.mjs', ...flags])) as Answers;

      assert.deepEqual(answers.timeout, each(4, [504, 'CALL_TIMEOUT']), 'each request has a limit of its own');
      assert.deepEqual(
        answers.bulkhead,
        ['a', 'b', 'c', 'd'].map((id) => [200, id]),
        'a request that waits is not cancelled',
      );
      assert.deepEqual(answers.order, [200, ['a', 'b', 'c', 'd']], 'first in, first out');
      assert.deepEqual(answers.impatient, [
        [503, 'BULKHEAD_FULL'],
        [200, 'first'],
        [200, 'third'],
      ]);
      assert.deepEqual(
        answers.rate,
        ['a', 'b', 'c', 'd'].map((id) => [200, id]),
      );
      assert.deepEqual(answers.retry, each(4, [200, 3]));
      assert.deepEqual(answers.breaker, [
        ...each(2, [503, 'ECONNRESET']),
        [503, 'CIRCUIT_OPEN'],
        ...each(2, [200, 'fine']),
      ]);
      assert.deepEqual(
        answers.cache.map(([status]) => status),
        each(4, 200),
        'no request waits for the flight of another one',
      );
      const { flights } = answers.cached[1] as { flights: number };
      assert.ok(flights <= 4, 'a later request gets what an earlier one has brought');
      assert.deepEqual(answers.hedge, each(4, [200, 'hedged']));
      assert.deepEqual(
        answers.chain,
        ['a copy', 'a copy', 'fine', 'fine', 'a copy', 'fine'].map((answer) => [200, answer]),
      );
      assert.deepEqual(answers.decorators, [200, 2]);
      assert.deepEqual(answers.fetch, [200, { status: 200, text: 'call 3' }]);
    },
  );
}
