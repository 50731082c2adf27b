import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithoutDisks } from './cuttable-disk.ts';
import { powerCutTable, runPowerCuts, situations } from './power-cut.ts';

test(
  'every acknowledged student is there after a power cut: on the first start, after kills, in steady state',
  { skip: skipWithoutDisks() },
  async (context) => {
    // Paced: how long is written before the cut matters, not how much.
    const cuts = await runPowerCuts({ cuts: situations.length, seed: 3, paceMs: 100 });

    context.diagnostic(`\n${powerCutTable(cuts)}`);
    const outcomes = cuts.map(({ situation, opened, lost, doubled, problem }) => ({
      situation,
      opened,
      lost,
      doubled,
      problem,
    }));
    assert.deepEqual(
      outcomes,
      situations.map((situation) => ({ situation, opened: true, lost: 0, doubled: 0, problem: undefined })),
    );
    assert.ok(
      cuts.every((cut) => cut.acknowledged > 0),
      'each cut had something to lose',
    );
  },
);
