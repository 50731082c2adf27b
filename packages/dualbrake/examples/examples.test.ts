import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { redisServer, withoutRedis } from '../src/redis/testing/redis-server.ts';

const folder = new URL('./', import.meta.url);
const docs = new URL('../docs/', import.meta.url);
const run = promisify(execFile);

async function outputOf(program: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = fileURLToPath(new URL(program, folder));
  const options = ['--conditions=source', '--import', 'tsx', file];
  const { stdout } = await run(process.execPath, options, { env: { ...process.env, ...env } });
  return stdout;
}

/** What a program needs besides itself. */
async function withNeeds(name: string, use: (env: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
  if (name !== 'redis') return use({});
  await using server = await redisServer();
  await use({ REDIS_SOCKET: server.socket });
}

/** What each program prints. Everything that the documents say of them stands here. */
const outputs: Readonly<Record<string, RegExp>> = {
  'ambient-context': /^300 ms are left for the query\n3 queries, and not 9\n$/,
  'auto-recovery': /^open\nclosed - health-check\n$/,
  bulkhead: /^report 1\nreport 2\nreport 3\nBulkheadFullError: Bulkhead "reports" is full: 2 running, 1 queued\.\n$/,
  'circuit-breaker':
    /^call 1: ECONNREFUSED\ncall 2: ECONNREFUSED\ncall 3: ECONNREFUSED\ncall 4: CIRCUIT_OPEN\n1\.37, and the breaker is closed\n$/,
  classification:
    /^postgres\.class-40: transient, retry: true, counts: false, sent: yes\nhttp\.429: transient, retry: true, counts: false, sent: yes\n {2}retry after 3000 ms\nnode\.ECONNREFUSED: transient, retry: true, counts: true, sent: no\nprogrammer: persistent, retry: false, counts: false, sent: maybe\nretry: 404 is transient\n$/,
  deadline: /^1 attempt, stopped by: deadline, waited 0 ms\n$/,
  decorators: /^3 attempts, stopped by: exhausted\n$/,
  'fake-timers': /^3 calls in three minutes of fake time\n$/,
  fallback: /^\{ copy: 'Ana Costa' \} from a fallback\n$/,
  fastify: /^503 DEPENDENCY_UNAVAILABLE, Retry-After: unknown\n503 CIRCUIT_OPEN, Retry-After: 30\n$/,
  faults:
    /^call 1: dualbrake\.INJECTED_TRANSIENT\ncall 2: dualbrake\.INJECTED_TRANSIENT\ncall 3: dualbrake\.CIRCUIT_OPEN\n2 calls failed on purpose, the breaker is open\nundefined Ana Costa\n$/,
  fetch: /^GET: a deadline came along\nGET: a deadline came along\n200 Ana Costa, after 2 requests\n$/,
  hedge: /^answered by attempt 2\n$/,
  'keyed-breakers': /^CircuitBreakerOpenError\nb\.example still answers\n$/,
  measure: /^callers see 1 of calls succeed\nerrors by class, per attempt: \{ transient: 2 \}\n$/,
  measurement:
    /^attempt 1: 10 started, 5 ok, 5 worth another one\nattempt 2: 5 started, 0 ok, 5 worth another one\nattempt 3: 5 started, 5 ok, 0 worth another one\n5 at the first try, 5 after a retry\nthe breaker saw 10 good calls and 10 failures\n\[ '10 node\.ECONNRESET \(transient\)' \]\nit would have opened 1 time and refused 17 of 20 calls\n$/,
  opentelemetry:
    /^DEBUG recovery\.retry\.scheduled node\.ECONNREFUSED\nWARN recovery\.breaker\.opened 2 consecutive failures.*\nWARN recovery\.retry\.exhausted node\.ECONNREFUSED\nWARN recovery\.override\.set it is well, says ana\n$/,
  pipeline: /^ {2}retry by retry\n {2}retry by retry\nstudent s-1, live, after 3 calls\n(.*\n)*the copy of 14:05\n$/,
  probes: /^disk: enough bytes are free\nevent loop: in time\n$/,
  prometheus:
    /^(recovery_breaker_state\{breaker="read\.database",state="\w+"\} [01]\n){3}recovery_breaker_transitions_total\{.*\} 1\nrecovery_errors_total\{source="read\.database",class="transient",error_type="node\.ECONNREFUSED"\} 2\n.*\n$/,
  'rate-limit':
    /^message 1 sent\nmessage 2 sent\nmessage 3 sent\nRateLimitError: Rate limit "sms" is exceeded.*\nthe third one waited for its turn\n$/,
  redis: /^there: open, 1 process reports it down\nbudget: shared\n$/,
  registry: /^database: closed to open, 2 consecutive failures.*\n\{\n? *kind: 'isolate'/,
  retry: /^third time lucky, after 3 calls\n3 attempts, stopped by: exhausted\n$/,
  'state-file': /^database: open\n$/,
  'stale-cache': /^Ana Costa\nAna Costa, as of just now\n$/,
  streams:
    /^line 1\nline 2\nclosed\nline 1\nline 2\nclosed\nError: the connection broke off\nleft early\n\{ successes: 1, failures: 2, neutral: 1 \}\n$/,
  'testing-kit':
    /^Ana Costa after 3 calls\nat 5 s: an answer\nat 20 s: ECONNREFUSED\nat 50 s: CALL_TIMEOUT\nat 61 s: an answer\n9 checks of the contract hold\n$/,
  testing: /^open\nhalf-open\n$/,
  timeout: /^The call did not answer within 20 ms\.\n$/,
};

/** These have virtual time and seeded chance: they print the same everywhere. */
const simulations: Readonly<Record<string, readonly string[]>> = {
  'retry-storm': [
    'no retry: 91.6 % answered, at most 100 calls a second, well again after 0.0 s',
    'retry: 19.9 % answered, at most 406 calls a second, well again never',
    'retry with a budget: 92.7 % answered, at most 178 calls a second, well again after 0.0 s',
  ],
  metastable: [
    'retry: 5.7 % answered, 0 a second in the last minute',
    'with a breaker: 12.5 % answered, 8 a second in the last minute',
    'with a breaker that ramps up: 88.9 % answered, 100 a second in the last minute',
  ],
};

/** Run by the school, which has a PostgreSQL for its own tests: `server/platform/database/postgresql-example.test.ts`. */
const runElsewhere: readonly string[] = ['postgresql'];

const programs = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -3));

test('each example is one of those whose output is known', () => {
  assert.deepEqual(programs.toSorted(), [...Object.keys(outputs), ...runElsewhere].toSorted());
});

for (const [name, output] of Object.entries(outputs)) {
  const skip = name === 'redis' && process.env['CI'] === undefined ? withoutRedis : undefined;
  test(`examples/${name}.ts prints what the documents say`, skip === undefined ? {} : { skip }, () =>
    withNeeds(name, async (env) => assert.match(await outputOf(`${name}.ts`, env), output)),
  );
}

for (const [name, lines] of Object.entries(simulations)) {
  test(`examples/simulations/${name}.ts prints what the documents say`, async () => {
    const stdout = await outputOf(`simulations/${name}.ts`);

    assert.deepEqual(stdout.trimEnd().split('\n'), lines);
    const text = readFileSync(new URL('testing.md', docs), 'utf8');
    for (const line of lines) assert.ok(text.includes(line), `testing.md does not say: ${line}`);
  });
}

test('each sample in the documents is one of these programs, word for word', () => {
  const samples = readdirSync(docs)
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const text = readFileSync(new URL(file, docs), 'utf8');
      return [...text.matchAll(/```ts example=(\S+)\n([\s\S]*?)```/g)].map(([, name = '', code = '']) => ({
        file,
        name,
        code,
      }));
    });

  assert.ok(samples.length >= 12);
  for (const { file, name, code } of samples) {
    assert.equal(code, readFileSync(new URL(`${name}.ts`, folder), 'utf8'), `${file}: ${name}`);
  }
});
