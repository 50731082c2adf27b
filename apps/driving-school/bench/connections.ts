/**
 * 4,500 connections that ask for something large and never read it, against the real program on loopback, while a clerk
 * who is signed in works. Writes `connections.md`. `npm run bench:connections`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { Program, signInAsOwner, type Client } from '../test/program.ts';

const CONNECTIONS = 4_500;
const RSS_LIMIT_MB = 400;
const ANSWER_LIMIT_MS = 1_000;
/** How long the clerk works after all connections have been attempted. */
const AFTERWARDS_MS = 10_000;

interface Round {
  readonly name: string;
  readonly asked: string;
  /** Where the connections come from: all of 127.0.0.0/8 is this machine. */
  readonly addresses: readonly string[];
  readonly path: string;
  /** Requests that each connection sends at once. */
  readonly ahead: number;
}

const one = ['127.0.0.1'];
const many = Array.from({ length: 90 }, (_, at) => `127.0.1.${at + 1}`);
const rounds: readonly Round[] = [
  { name: 'one address', asked: 'the description of the API', addresses: one, path: '/api/openapi.json', ahead: 1 },
  { name: '90 addresses', asked: 'the description of the API', addresses: many, path: '/api/openapi.json', ahead: 1 },
  {
    name: '90 addresses',
    asked: 'a file of 1.5 MB, 4 times ahead',
    addresses: many,
    path: '/api/docs/static/swagger-ui-bundle.js',
    ahead: 4,
  },
  { name: '90 addresses', asked: 'nothing', addresses: many, path: '', ahead: 0 },
];

interface Figures {
  readonly round: Round;
  readonly rssMb: number;
  readonly descriptors: number;
  readonly answers: number;
  readonly failed: number;
  readonly slowestMs: number;
  readonly medianMs: number;
}

const results: Figures[] = [];
for (const round of rounds) {
  await using program = await Program.start();
  const clerk = await signInAsOwner(program);
  results.push(await run(round, program, clerk));
}

const lines = [
  '# Connections that never read',
  '',
  'Written by `npm run bench:connections`, never by hand.',
  '',
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores; Node ${process.versions.node}.`,
  '',
  `${CONNECTIONS.toLocaleString('en')} connections to the real program on loopback; each sends its requests and reads nothing. Meanwhile`,
  'a clerk who is signed in reads the list of students over and over. Highest resident memory and number of descriptors of',
  'the application, looked at every 50 ms.',
  '',
  '| from | asking for | memory | descriptors | clerk: answers | failed | median | slowest |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ...results.map(
    ({ round, rssMb, descriptors, answers, failed, medianMs, slowestMs }) =>
      `| ${round.name} | ${round.asked} | ${rssMb} MB | ${descriptors.toLocaleString('en')} | ${answers} | ${failed} | ` +
      `${medianMs.toFixed(0)} ms | ${slowestMs.toFixed(0)} ms |`,
  ),
  '',
  `Target: memory below ${RSS_LIMIT_MB} MB and each answer within ${ANSWER_LIMIT_MS.toLocaleString('en')} ms: ${results.every(isMet) ? 'met' : 'not met'}.`,
  '',
];
writeFileSync(join(import.meta.dirname, 'connections.md'), lines.join('\n'));
process.stdout.write(`${lines.join('\n')}\n`);

function isMet({ rssMb, failed, slowestMs }: Figures): boolean {
  return rssMb < RSS_LIMIT_MB && failed === 0 && slowestMs < ANSWER_LIMIT_MS;
}

async function run(round: Round, program: Program, clerk: Client): Promise<Figures> {
  let rssMb = 0;
  let descriptors = 0;
  const look = setInterval(() => {
    const [, kb = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8')) ?? [];
    rssMb = Math.max(rssMb, Math.round(Number(kb) / 1_024));
    descriptors = Math.max(descriptors, readdirSync(`/proc/${program.pid}/fd`).length);
  }, 50);
  let isOver = false;
  const work = workAs(clerk, () => isOver);
  const sockets = await flood(round, Number(new URL(program.address).port));
  await new Promise((resolve) => void setTimeout(resolve, AFTERWARDS_MS));
  isOver = true;
  const times = (await work).toSorted((a, b) => a - b);
  clearInterval(look);
  for (const socket of sockets) socket.destroy();
  const good = times.filter((ms) => ms !== Infinity);
  return {
    round,
    rssMb,
    descriptors,
    answers: good.length,
    failed: times.length - good.length,
    medianMs: good[Math.floor(good.length / 2)] ?? Number.NaN,
    slowestMs: good.at(-1) ?? Number.NaN,
  };
}

/** @returns the duration of each answer; infinity for a failure */
async function workAs(clerk: Client, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const begin = performance.now();
    try {
      const answer = await clerk.fetch('/api/students');
      await answer.text();
      times.push(answer.ok ? performance.now() - begin : Infinity);
    } catch {
      times.push(Infinity);
    }
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
  return times;
}

async function flood({ addresses, path, ahead }: Round, port: number): Promise<Socket[]> {
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(ahead);
  const sockets: Socket[] = [];
  for (let at = 0; at < CONNECTIONS; at += 1) {
    const localAddress = addresses[at % addresses.length] ?? '127.0.0.1';
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    socket.pause();
    if (request !== '') socket.write(request);
    sockets.push(socket);
    // Lets the system keep up: connections that it refuses would attack nobody.
    if (at % 100 === 99) await new Promise((resolve) => void setTimeout(resolve, 20));
  }
  return sockets;
}
