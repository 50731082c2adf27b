import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  CallTimeoutError,
  CircuitBreakerOpenError,
  classificationTable,
  classify,
  FallbackFailedError,
  type Classification,
} from '../index.ts';

/** class, retryable (R), counted (B), reached the server */
type Verdict = `${Classification['class']} ${'R' | '-'}${'B' | '-'} ${Classification['reachedServer']}`;

function verdictOf(error: unknown, context?: Parameters<typeof classify>[1]): Verdict {
  const found = classify(error, context);
  return `${found.class} ${found.retryable ? 'R' : '-'}${found.countsAgainstBreaker ? 'B' : '-'} ${found.reachedServer}`;
}

function thrown(properties: object, message = ''): Error {
  return Object.assign(new Error(message), properties);
}

const sql = (code: string, message = ''): Error =>
  thrown({ code, severity: 'ERROR', name: 'error', length: 90 }, message);

const table: readonly (readonly [what: string, error: unknown, expected: Verdict])[] = [
  ['refused connection', thrown({ code: 'ECONNREFUSED', syscall: 'connect' }), 'transient RB no'],
  ['reset while connecting', thrown({ code: 'ECONNRESET', syscall: 'connect' }), 'transient RB no'],
  ['reset while reading', thrown({ code: 'ECONNRESET', syscall: 'read' }), 'transient RB maybe'],
  ['answer cut short', thrown({ code: 'ECONNRESET' }, 'aborted'), 'transient RB yes'],
  [
    'lost before TLS',
    thrown({ code: 'ECONNRESET' }, 'Client network socket disconnected before secure TLS connection was established'),
    'transient RB no',
  ],
  ['socket file missing', thrown({ code: 'ENOENT', syscall: 'connect' }), 'transient RB no'],
  ['file missing', thrown({ code: 'ENOENT', syscall: 'open' }), 'persistent -- yes'],
  ['local ports used up', thrown({ code: 'EADDRNOTAVAIL', syscall: 'connect' }), 'system RB no'],
  ['address in use', thrown({ code: 'EADDRINUSE', syscall: 'listen' }), 'persistent -- no'],
  ['too many open files', thrown({ code: 'EMFILE', syscall: 'open' }), 'system RB no'],
  ['disk full', thrown({ code: 'ENOSPC', syscall: 'write' }), 'system -B maybe'],
  ['DNS says try again', thrown({ code: 'EAI_AGAIN', syscall: 'getaddrinfo' }), 'transient RB no'],
  ['certificate of another host', thrown({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'persistent -- no'],
  ['undici connect timeout', thrown({ code: 'UND_ERR_CONNECT_TIMEOUT' }), 'transient RB no'],
  ['undici headers timeout', thrown({ code: 'UND_ERR_HEADERS_TIMEOUT' }), 'transient RB maybe'],
  [
    'fetch to a closed port',
    Object.assign(new TypeError('fetch failed'), { cause: thrown({ code: 'ECONNREFUSED', syscall: 'connect' }) }),
    'transient RB no',
  ],
  ['fetch without a cause', new TypeError('fetch failed'), 'transient RB maybe'],
  ['buffer allocation', new RangeError('Array buffer allocation failed'), 'system RB maybe'],
  ['stack overflow', new RangeError('Maximum call stack size exceeded'), 'persistent -- maybe'],
  ['a bug', new TypeError("Cannot read properties of null (reading 'x')"), 'persistent -- maybe'],
  ['anything else', new Error('boom'), 'transient RB maybe'],
  ['a string', 'boom', 'transient RB maybe'],
  ['nothing', undefined, 'transient RB maybe'],
  ['HTTP 400', thrown({ status: 400 }), 'persistent -- yes'],
  ['HTTP 401', thrown({ statusCode: 401 }), 'persistent -- yes'],
  ['HTTP 403', thrown({ response: { status: 403 } }), 'persistent -- yes'],
  [
    'HTTP 403 that is a rate limit',
    thrown({ status: 403, headers: { 'X-RateLimit-Remaining': '0' } }),
    'transient R- yes',
  ],
  ['HTTP 404', thrown({ status: 404 }), 'persistent -- yes'],
  ['HTTP 409', thrown({ status: 409 }), 'persistent -- yes'],
  ['HTTP 429', thrown({ status: 429 }), 'transient R- yes'],
  ['HTTP 500', thrown({ status: 500 }), 'transient RB yes'],
  ['HTTP 501', thrown({ status: 501 }), 'persistent -- yes'],
  ['HTTP 503', new Response(null, { status: 503 }), 'transient RB maybe'],
  ['HTTP 507', thrown({ status: 507 }), 'system -B yes'],
  ['HTTP 200 where a failure was meant', new Response('', { status: 200 }), 'persistent -- yes'],
  [
    'a 4xx of our own around a network failure',
    thrown({ status: 404, cause: thrown({ code: 'ECONNRESET', syscall: 'read' }) }),
    'persistent -- yes',
  ],
  [
    'a 500 of our own around a network failure',
    thrown({ status: 500, cause: thrown({ code: 'ECONNREFUSED', syscall: 'connect' }) }),
    'transient RB no',
  ],
  ['deadlock', sql('40P01'), 'transient R- yes'],
  ['serialization failure', sql('40001'), 'transient R- yes'],
  ['lock not available', sql('55P03'), 'transient R- yes'],
  ['unique violation', sql('23505'), 'persistent -- yes'],
  ['syntax error', sql('42601'), 'persistent -- yes'],
  ['wrong password', sql('28P01'), 'persistent -- no'],
  ['too many connections', sql('53300'), 'system RB no'],
  ['disk full in the database', sql('53100'), 'system -B yes'],
  ['admin shutdown', sql('57P01'), 'system RB maybe'],
  ['database starting up', sql('57P03'), 'system RB no'],
  ['statement timeout', sql('57014', 'canceling statement due to statement timeout'), 'transient RB yes'],
  ['cancelled by a person', sql('57014', 'canceling statement due to user request'), 'cancelled -- maybe'],
  ['corrupted index', sql('XX002'), 'system -B yes'],
  ['EPIPE has five letters and is no SQLSTATE', thrown({ code: 'EPIPE', syscall: 'write' }), 'transient RB maybe'],
  ['a SQLSTATE inside a query builder’s error', thrown({ cause: sql('40P01') }, 'Failed query'), 'transient R- yes'],
  ['pool exhausted', new Error('timeout exceeded when trying to connect'), 'system RB no'],
  ['connection gone while waiting', new Error('Connection terminated unexpectedly'), 'system RB maybe'],
  [
    'query on a dead connection',
    new Error('Client has encountered a connection error and is not queryable'),
    'system RB no',
  ],
  [
    'happy eyeballs',
    Object.assign(
      new AggregateError([
        thrown({ code: 'ECONNREFUSED', syscall: 'connect' }),
        thrown({ code: 'ENETUNREACH', syscall: 'connect' }),
      ]),
      { code: 'ECONNREFUSED' },
    ),
    'transient RB no',
  ],
  [
    'an aggregate in which one may have arrived',
    new AggregateError([
      thrown({ code: 'ECONNREFUSED', syscall: 'connect' }),
      thrown({ code: 'ECONNRESET', syscall: 'read' }),
    ]),
    'transient RB maybe',
  ],
  [
    'an open circuit',
    new CircuitBreakerOpenError({ breaker: 'b', openForMs: 1, retryAfterMs: 9, reason: 'r' }),
    'refused -- no',
  ],
  ['our timeout', new CallTimeoutError(500), 'transient RB maybe'],
  [
    'a failed fallback is what caused it',
    new FallbackFailedError(thrown({ code: 'ECONNREFUSED', syscall: 'connect' }), new Error('cache')),
    'transient RB no',
  ],
  [
    'an AbortError of AbortSignal.timeout()',
    Object.assign(new Error('aborted'), {
      name: 'AbortError',
      code: 'ABORT_ERR',
      cause: new DOMException('t', 'TimeoutError'),
    }),
    'transient RB maybe',
  ],
  ['an AbortError of a person', new DOMException('This operation was aborted', 'AbortError'), 'cancelled -- maybe'],
];

for (const [what, error, expected] of table) {
  test(`${what}: ${expected}`, () => assert.equal(verdictOf(error), expected));
}

test('B18: what no rule knows says so', () => {
  assert.equal(classify(new Error('boom')).rule, 'unknown');
});

test('a caller who has left is cancelled, whatever the error looks like; a timeout of the signal is a timeout', () => {
  const reset = thrown({ code: 'ECONNRESET', syscall: 'read' });

  assert.equal(verdictOf(reset, { signal: AbortSignal.abort(new Error('the user left')) }), 'cancelled -- maybe');
  assert.equal(verdictOf(reset, { signal: AbortSignal.abort(new CallTimeoutError(5)) }), 'transient RB maybe');
});

test('a lost connection of a database is the system’s, of an HTTP peer it may pass', () => {
  const refused = thrown({ code: 'ECONNREFUSED', syscall: 'connect' });

  assert.equal(classify(refused, { dependency: 'database' }).class, 'system');
  assert.equal(classify(refused, { dependency: 'http' }).class, 'transient');
});

const now = Date.UTC(2026, 2, 1, 12, 0, 0);
const hints: readonly (readonly [
  what: string,
  status: number,
  headers: Record<string, string>,
  expected: number | undefined,
])[] = [
  ['seconds', 503, { 'retry-after': '7' }, 7_000],
  ['zero is at once, not absent', 503, { 'retry-after': '0' }, 0],
  ['a date', 503, { 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' }, 30_000],
  [
    'a date against the server’s own clock',
    503,
    { 'retry-after': 'Sun, 01 Mar 2026 13:00:30 GMT', date: 'Sun, 01 Mar 2026 13:00:00 GMT' },
    30_000,
  ],
  ['a date in asctime form is UTC', 503, { 'retry-after': 'Sun Mar  1 12:00:30 2026' }, 30_000],
  ['a date that has passed', 503, { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 0],
  ['milliseconds win', 503, { 'retry-after': '7', 'retry-after-ms': '250' }, 250],
  ['a negative number is no hint', 503, { 'retry-after': '-5' }, undefined],
  ['hexadecimal is no hint', 503, { 'retry-after': '0x10' }, undefined],
  ['a reset of a rate limit', 429, { 'ratelimit-reset': '12' }, 12_000],
  ['a reset in epoch seconds', 429, { 'x-ratelimit-reset': String(now / 1_000 + 9) }, 9_000],
  ['an informational reset on a 503 is no hint', 503, { 'x-ratelimit-reset': '2400' }, undefined],
];

for (const [what, status, headers, expected] of hints) {
  test(`B23: ${what}`, () => {
    assert.equal(classify(new Response(null, { status, headers }), { now }).retryAfterMs, expected);
    assert.equal(classify(thrown({ response: { status, headers } }), { now }).retryAfterMs, expected);
  });
}

test('an author who says that his error must not be retried is believed', () => {
  assert.equal(classify(thrown({ retryable: false })).retryable, false);
  assert.equal(classify(new Response(null, { status: 503, headers: { 'x-should-retry': 'false' } })).retryable, false);
});

test('real errors: a closed port, a missing file, a timeout, an error of another realm', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  const refused = await new Promise((resolve) => void connect(port, '127.0.0.1').once('error', resolve));
  const fetched = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
  const missing = await readFile('/nowhere/at/all').catch((error: unknown) => error);
  const late = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(0) }).catch(
    (error: unknown) => error,
  );

  assert.equal(verdictOf(refused), 'transient RB no');
  assert.equal(verdictOf(fetched), 'transient RB no');
  assert.equal(verdictOf(missing), 'persistent -- yes');
  assert.match(verdictOf(late), /^transient RB/);
  assert.equal(
    verdictOf(runInNewContext("Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })")),
    'transient RB no',
  );
});

test('answers for hostile values: throwing getters, revoked proxies, cycles, endless causes, prototypes without anything', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cyclic = new Error('a');
  cyclic.cause = new Error('b', { cause: cyclic });
  let deep: Error = thrown({ code: 'ECONNREFUSED', syscall: 'connect' });
  for (let depth = 0; depth < 100_000; depth += 1) deep = new Error('wrapper', { cause: deep });
  const trap = Object.defineProperty(new Error('x'), 'code', {
    get: () => {
      throw new Error('getter');
    },
  });

  for (const value of [
    proxy,
    cyclic,
    deep,
    trap,
    Object.create(null),
    Symbol('x'),
    1n,
    () => {},
    Object.freeze(new Error('x')),
    { code: '__proto__' },
    { code: 'constructor' },
  ]) {
    assert.equal(classify(value).rule, 'unknown');
  }
});

test('never throws, never changes what it is given, and always answers the whole', () => {
  const code = fc.constantFrom(
    'ECONNRESET',
    'EPIPE',
    '40001',
    '57014',
    'ABORT_ERR',
    'toString',
    '__proto__',
    'UND_ERR_SOCKET',
    'HPE_X',
  );
  const leaf = fc.oneof(
    fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }),
    fc.record({ code, syscall: fc.constantFrom('connect', 'read', ''), message: fc.string() }, { requiredKeys: [] }),
  );
  const { error } = fc.letrec((tie) => ({
    error: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.record(
        {
          name: fc.string(),
          status: fc.integer(),
          headers: leaf,
          cause: tie('error'),
          errors: fc.oneof(
            fc.array(tie('error'), { maxLength: 4 }),
            fc.dictionary(fc.string(), tie('error'), { maxKeys: 3 }),
          ),
          message: fc.oneof(
            fc.string(),
            fc.constantFrom('fetch failed (host)', 'select 1 - timeout expired', 'HTTP status 503'),
          ),
          constructor: fc.record({ name: fc.constantFrom('APIError', 'ErrorResponse', 'GrammyError', 'FTPError') }),
          response: leaf,
          meta: leaf,
          info: leaf,
          error: tie('error'),
          lastError: tie('error'),
          innerErrors: fc.dictionary(fc.string(), tie('error'), { maxKeys: 3 }),
          retryable: fc.oneof(fc.boolean(), leaf),
          severity: fc.constant('ERROR'),
          code: fc.oneof(code, fc.integer()),
        },
        { requiredKeys: [] },
      ),
    ),
  }));

  fc.assert(
    fc.property(error, (value) => {
      const found = classify(value);
      assert.ok(['transient', 'persistent', 'system', 'cancelled', 'refused'].includes(found.class));
      assert.equal(typeof found.rule, 'string');
      if (found.class === 'cancelled' || found.class === 'persistent') assert.equal(found.retryable, false);
    }),
    { numRuns: 2_000 },
  );
});

test('looks at a bounded number of properties, whatever it is given', () => {
  let reads = 0;
  /** Everything that is read of it is another one of it: endless in every direction. */
  const endless = (): object =>
    new Proxy(new Error('endless'), {
      get(_target, name) {
        reads += 1;
        if (name === 'errors') return Array.from({ length: 1_000 }, endless);
        if (name === 'message') return 'x'.repeat(1_000_000);
        return typeof name === 'string' ? endless() : undefined;
      },
    });

  assert.equal(typeof classify(endless()).rule, 'string');
  assert.ok(reads < 20_000, `${reads} properties were read`);
});

test('the quick way says what the long way says', () => {
  // Another property, and it is not one of the usual errors any more.
  const slowly = (error: Error): Classification => classify(Object.assign(error, { andMore: true }));
  const codes = [
    ...new Set(classificationTable.flatMap(({ rows }) => rows.map(({ verdict }) => codeOf(verdict.rule)))),
  ];
  const syscalls = [undefined, 'connect', 'read', 'write', 'listen', 'spawn x', 'getaddrinfo', 'open', 'rename'];
  const messages = [
    'x',
    'aborted',
    'socket hang up',
    'Connection is closed.',
    'timeout expired',
    'fetch failed',
    'terminated',
  ];
  const makers: readonly (() => Error)[] = [
    ...codes.flatMap((code) =>
      syscalls.map(
        (syscall) => () => thrown({ code, ...(syscall === undefined ? {} : { syscall }) }, `${syscall} ${code}`),
      ),
    ),
    ...[Error, TypeError, RangeError, SyntaxError].flatMap((Native) =>
      messages.map((message) => () => new Native(message)),
    ),
    ...codes.map((code) => () => new TypeError('fetch failed', { cause: thrown({ code, syscall: 'connect' }) })),
    ...codes.map(
      (code) => () => Object.assign(new (class extends Error {})('x'), { name: 'SocketError', code, socket: {} }),
    ),
    () => new TypeError('fetch failed', { cause: 'a string' }),
    () => new Error('x', { cause: new Error('y') }),
  ];

  assert.ok(codes.includes('ECONNRESET') && codes.includes('UND_ERR_SOCKET'));
  for (const make of makers) assert.deepEqual(classify(make()), slowly(make()), make().message);
});

function codeOf(rule: string): string {
  return rule.slice(rule.lastIndexOf('.') + 1);
}
