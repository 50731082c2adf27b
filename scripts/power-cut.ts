/** `npm run power-cut`: the full run of what `power-cut.test.ts` does small. Fails if anything is lost or does not open. */
import { parseArgs } from 'node:util';
import { skipWithoutDisks } from '../apps/driving-school/test/cuttable-disk.ts';
import { powerCutTable, runPowerCuts } from '../apps/driving-school/test/power-cut.ts';

const usage = `Cuts the power while students are written, and looks for every acknowledged one afterwards.

Usage: npm run power-cut -- [--cuts 20] [--seed 7]

The program runs on a disk image that is mounted through a loop device. Program and database are stopped at one moment,
the image is copied as it is, and the program is started on the copy. Four situations take turns: soon after a first
start, after kill -9 of the database, after kill -9 of both and a new start, and after some seconds of steady writing.
Needs Linux, root, mkfs.ext4 and a free loop device.
`;

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '7' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const cuts = wholeNumber('--cuts', values.cuts, 1);
  const seed = wholeNumber('--seed', values.seed, 0);
  const reason = cuts === undefined || seed === undefined ? undefined : skipWithoutDisks();
  if (cuts === undefined || seed === undefined || reason !== false) {
    if (typeof reason === 'string') process.stderr.write(`${reason}\n`);
    process.exitCode = 1;
    return;
  }
  let done = 0;
  const results = await runPowerCuts({
    cuts,
    seed,
    onCut: ({ situation, opened, acknowledged, lost, problem }) => {
      done += 1;
      const outcome = opened ? `acknowledged ${acknowledged}, lost ${lost}` : `did not open: ${problem}`;
      process.stderr.write(`${done} of ${cuts} (${situation}): ${outcome}\n`);
    },
  });
  process.stdout.write(`${powerCutTable(results)}\n`);
  if (results.some((cut) => !cut.opened || cut.lost > 0 || cut.doubled > 0)) process.exitCode = 1;
}

function wholeNumber(option: string, text: string, min: number): number | undefined {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  process.stderr.write(`${option} is ${JSON.stringify(text)}. It must be a whole number, ${min} or more.\n`);
  process.exitCode = 1;
  return undefined;
}
