/** Measures the console and what recording costs, and writes `results.md`. `npm run bench:console`. */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measureEndpoints } from './endpoints.ts';
import { measureRecording } from './recording.ts';

const recording = await measureRecording();
const { bare, entries } = await measureEndpoints();

const ms = (value: number): string => value.toFixed(2);
const range = ([low, high]: readonly [number, number]): string => `${low.toFixed(3)} to ${high.toFixed(3)}`;
const recorded = recording.find(({ how }) => how === 'recorded');
const lines = [
  '# What the console costs',
  '',
  'Written by `npm run bench:console`, never by hand.',
  '',
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores; Node ${process.versions.node}.`,
  '',
  '## Measuring and recording',
  '',
  'Requests a second of a Fastify route behind a retry, a breaker and a time limit, without and with the measurement, the',
  'metrics and a console that records into its file. Eight pairs of processes that take turns, 30 slices of 120 ms each, 8',
  'connections; ratios are of slices of the same round, with their middle half. The time of the processor is of the whole',
  'process, its garbage and the looks of once a second included.',
  '',
  '| | requests a second | ratio | | processor time of a request | ratio | |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...recording.map(
    ({ how, perSecond, ratio, spread, cpuUs, cpuRatio, cpuSpread }) =>
      `| ${how} | ${Math.round(perSecond).toLocaleString('en')} | ${ratio.toFixed(3)} | ${range(spread)} | ` +
      `${cpuUs.toFixed(1)} µs | ${cpuRatio.toFixed(3)} | ${range(cpuSpread)} |`,
  ),
  '',
  `Target: 3 % apart at most; ${(recorded?.ratio ?? 0) >= 0.97 ? 'met' : 'not met'}.`,
  '',
  '## The console while the database is down',
  '',
  'The application with a database that refuses every connection; each address of the console in turn, one request after',
  'the other, and between them a bare Fastify route in a process of its own. 2,000 rounds after 100 to warm up; p99 is the',
  'median of the 99th percentiles of 5 blocks, and its ratio the median of their ratios to the same block. Milliseconds.',
  '',
  '| address | bytes | p50 | p99 | p99 to bare | at most 2x |',
  '| --- | --- | --- | --- | --- | --- |',
  `| bare Fastify route | ${bare.bytes} | ${ms(bare.p50)} | ${ms(bare.p99)} | 1.00 | |`,
  ...entries.map(
    ({ path, bytes, p50, p99, ratio }) =>
      `| ${path} | ${bytes.toLocaleString('en')} | ${ms(p50)} | ${ms(p99)} | ${ratio.toFixed(2)} | ${ratio <= 2 ? 'yes' : 'no'} |`,
  ),
  '',
];
await writeFile(join(import.meta.dirname, 'results.md'), lines.join('\n'));
process.stdout.write(`${lines.join('\n')}\n`);
