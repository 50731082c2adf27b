import { CircuitBreaker, pipeline, retry, timeout } from 'dualbrake';

const breaker = new CircuitBreaker({ name: 'reports' });
const reports = pipeline('reports', [retry({ strategy: 'immediate' }), breaker, timeout({ limitMs: 30_000 })]);

let connections = 0;
async function* lines({ signal }: { signal: AbortSignal }): AsyncGenerator<string> {
  connections += 1;
  if (connections === 1) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  try {
    yield 'line 1';
    yield 'line 2';
    if (connections === 3) throw Object.assign(new Error('the connection broke off'), { code: 'ECONNRESET' });
  } finally {
    console.info(signal.aborted ? 'left early' : 'closed');
  }
}

// The first attempt fails before its first item, so it is retried.
for await (const line of reports.executeStream(lines)) console.info(line);
// After the first item, nothing is retried: the error comes out unchanged, and counts.
try {
  for await (const line of reports.executeStream(lines)) console.info(line);
} catch (error) {
  console.info(String(error));
}
// Leaving early closes the source, and says nothing about the dependency.
for await (const _ of reports.executeStream(lines)) break;

const { successes, failures, neutral } = breaker.report(performance.now());
console.info({ successes, failures, neutral });
