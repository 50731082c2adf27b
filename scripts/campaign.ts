/** `npm run campaign`: the full run of what `campaign.test.ts` does small. Prints what came of it; fails if anything is lost. */
import { parseArgs } from 'node:util';
import { runCampaign } from '../apps/driving-school/test/campaign.ts';

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '10' },
    writers: { type: 'string', default: '8' },
    seed: { type: 'string', default: '20261123' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write('Usage: npm run campaign -- [--writes 5000] [--kills 10] [--writers 8] [--seed 20261123]\n');
} else {
  const { writes, kills, writers, seed } = values;
  process.stdout.write(`Writing ${writes} students while the database is killed ${kills} times (seed ${seed}) ...\n`);
  const result = await runCampaign({
    writes: Number(writes),
    kills: Number(kills),
    writers: Number(writers),
    seed: Number(seed),
  });
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  if (result.missing.length > 0 || result.twice.length > 0) process.exitCode = 1;
}
