import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.ts';

test('every acknowledged write is there, and none twice, after the database was killed 2 times during 200 writes', async (context) => {
  const result = await runCampaign({ writes: 200, kills: 2, writers: 4, seed: 1 });

  context.diagnostic(JSON.stringify(result));
  assert.deepEqual(result.missing, []);
  assert.deepEqual(result.twice, []);
  assert.equal(result.acknowledged, 200);
  assert.equal(result.kills, 2);
});
