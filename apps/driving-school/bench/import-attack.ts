// How long /healthz takes to answer, and how much memory the program holds, while hostile CSV files are checked.
// node --conditions=source --import tsx apps/driving-school/bench/import-attack.ts
import { readFileSync } from 'node:fs';
import { Program, signInAsOwner } from '../test/program.ts';

const header = 'legal_family_name,legal_given_names,birth_date,licence_number';
/** A little below the limit, so that the file is read and not refused. */
const bytesMax = 2_097_000;

const letters = (index: number): string =>
  Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)] ?? '').join('');
const rows = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `Mass${letters(index)},Given,2008-03-09,M0000-${String(index).padStart(4, '0')}0-80309`,
  ).join('\n');

/** Each file is sent in the given number of concurrent requests. */
const attacks: readonly { readonly name: string; readonly files: readonly string[]; readonly dryRun: boolean }[] = [
  { name: 'a row after 2 MB of line feeds', files: [`a,b\n${'\n'.repeat(bytesMax - 4)}x`], dryRun: true },
  {
    name: 'three files of a million rows',
    files: Array.from({ length: 3 }, () => `a,b\n${'x\n'.repeat(bytesMax / 2 - 4)}`),
    dryRun: true,
  },
  {
    name: 'a spreadsheet with 95,000 blank rows',
    files: [`${header}\n${rows(10)}\n${`${','.repeat(20)}\n`.repeat(95_000)}`],
    dryRun: true,
  },
  { name: '1 MB of quotation marks', files: [`${header}\n${'""'.repeat(bytesMax / 4)}`], dryRun: true },
  { name: 'one row of 2 MB', files: [`${header}\n${','.repeat(bytesMax - 200)}`], dryRun: true },
  { name: 'a header of 100,000 columns', files: [`${'ab,'.repeat(100_000)}\nx`], dryRun: true },
  { name: '5,000 students, checked', files: [`${header}\n${rows(5_000)}`], dryRun: true },
  { name: '5,000 students, added', files: [`${header}\n${rows(5_000)}`], dryRun: false },
  { name: '5,000 students, checked again', files: [`${header}\n${rows(5_000)}`], dryRun: true },
];

const encoder = new TextEncoder();
const environment = { NODE_OPTIONS: `--max-old-space-size=${process.argv[2] ?? '96'}` };
await using program = await Program.start({ environment });
const client = await signInAsOwner(program);
// The first requests measure how fast code is compiled.
for (let round = 0; round < 50; round += 1) await (await fetch(`${program.address}/healthz`)).arrayBuffer();

const peakMegabytes = (): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1]) / 1_024);

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Requests /healthz continuously, one request at a time. */
async function slowestAnswerMs(
  during: Promise<unknown>,
): Promise<{ readonly slowest: number; readonly count: number }> {
  const state = { over: false };
  void during.finally(() => (state.over = true)).catch(() => undefined);
  let slowest = 0;
  let count = 0;
  while (!state.over) {
    const startedAt = performance.now();
    await (await fetch(`${program.address}/healthz`)).arrayBuffer();
    slowest = Math.max(slowest, performance.now() - startedAt);
    count += 1;
    await pause(5);
  }
  return { slowest: Math.round(slowest), count };
}

// The baseline of the machine, including its other work.
const idle = await slowestAnswerMs(pause(3_000));
process.stdout.write(`nothing: slowest of ${idle.count} /healthz ${idle.slowest} ms; peak ${peakMegabytes()} MB\n`);

for (const { name, files, dryRun } of attacks) {
  const startedAt = performance.now();
  const sent = Promise.all(
    files.map(async (text) => {
      const body = encoder.encode(text);
      const answer = await client.fetch(`/api/students/import?dry_run=${dryRun}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body,
      });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
  const { slowest, count } = await slowestAnswerMs(sent);
  const took = Math.round(performance.now() - startedAt);
  const statuses = await sent.then((all) => all.join(' '), String);
  process.stdout.write(
    `${name}: answered ${statuses} after ${took} ms; slowest of ${count} /healthz ${slowest} ms; peak ${peakMegabytes()} MB\n`,
  );
}
