import { pipeline, retry, timeout } from 'dualbrake';

const read = pipeline('read', [retry({ baseMs: 1_000, jitter: 'none' }), timeout({ limitMs: 500 })]);
const outcome = await read.executeOutcome(
  () => Promise.reject<string>(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
  { withinMs: 200 },
);
console.info(`${outcome.attempts} attempt, stopped by: ${outcome.stoppedBy}, waited ${outcome.waitedMs} ms`);
