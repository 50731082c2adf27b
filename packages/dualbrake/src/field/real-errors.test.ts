/** F9: errors of this library are native errors, and everything that handles errors knows them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { inspect, types } from 'node:util';
import { FaultInjection } from '../faults/index.ts';
import { HttpResponseError } from '../fetch/index.ts';
import {
  bulkhead,
  circuitBreaker,
  fallback,
  hedge,
  keyedBreakers,
  pipeline,
  rateLimit,
  Registry,
  retry,
  timeout,
  type HostOptions,
  type Pipeline,
} from '../index.ts';
import { deferred } from '../testing/deferred.ts';
import { refusedConnection } from '../testing/flaky.ts';
import { ManualClock } from '../testing/index.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const fails = (): Promise<never> => Promise.reject(refusedConnection());

/** Calls that end in an error of ours; each name is that of the function which makes the call. */
const ends = {
  async CircuitBreakerOpenError(host: HostOptions) {
    const breaker = circuitBreaker({ failureThreshold: 1, ...host });
    await breaker.execute(fails).catch(() => undefined);
    return errorOf(breaker.execute(fails));
  },
  async 'CircuitBreakerOpenError by key'(host: HostOptions) {
    const breakers = keyedBreakers({ failureThreshold: 1, ...host });
    await breakers.execute(fails, { key: 'a' }).catch(() => undefined);
    return errorOf(breakers.execute(fails, { key: 'a' }));
  },
  async 'CircuitBreakerOpenError by an operator'(host: HostOptions) {
    const breaker = circuitBreaker(host);
    breaker.controls.isolate?.({ now: 0, trigger: 'operator' });
    return errorOf(breaker.execute(fails));
  },
  async BulkheadFullError(host: HostOptions) {
    const places = bulkhead({ limit: 1, ...host });
    void places.execute(never);
    return errorOf(places.execute(fails));
  },
  async 'BulkheadFullError after waiting'(host: HostOptions, clock: ManualClock) {
    const places = bulkhead({ limit: 1, queue: 1, maxWaitMs: 50, ...host });
    void places.execute(never);
    const error = errorOf(places.execute(fails));
    await clock.advance(50);
    return error;
  },
  async RateLimitError(host: HostOptions) {
    const limit = rateLimit({ limit: 1, perMs: 1_000, ...host });
    await limit.execute(() => 1);
    return errorOf(limit.execute(fails));
  },
  async DeadlineExceededError(host: HostOptions) {
    return errorOf(retry(host).execute(fails, { deadline: 0 }));
  },
  async 'DeadlineExceededError in a queue'(host: HostOptions, clock: ManualClock) {
    const places = bulkhead({ limit: 1, queue: 1, ...host });
    void places.execute(never);
    const error = errorOf(places.execute(fails, { deadline: 50 }));
    await clock.advance(50);
    return error;
  },
  async CallTimeoutError(host: HostOptions, clock: ManualClock) {
    const error = errorOf(timeout({ limitMs: 50, ...host }).execute(never));
    await clock.advance(50);
    return error;
  },
  async 'CallTimeoutError with an outcome'(host: HostOptions, clock: ManualClock) {
    const outcome = timeout({ limitMs: 50, ...host }).executeOutcome(never);
    await clock.advance(50);
    return (await outcome).error;
  },
  async FallbackFailedError(host: HostOptions) {
    return errorOf(fallback({ to: () => Promise.reject(new Error('no copy')), ...host }).execute(fails));
  },
  async ResultFailedError(host: HostOptions) {
    const judge = () => ({ ...classified, retryable: false });
    return errorOf(retry({ judge, judgedFailure: 'throw', ...host }).execute(() => 'half an answer'));
  },
} satisfies Record<string, (host: HostOptions, clock: ManualClock) => Promise<unknown>>;

/** Errors that are made otherwise. */
const others: Readonly<Record<string, () => unknown>> = {
  InvalidSettingsError: () => thrownBy(() => retry({ maxAttempts: -1 })),
  HttpResponseError: () => new HttpResponseError('GET', 'https://api.example.com', new Response(null, { status: 503 })),
  InjectedFaultError: async () => {
    const faults = new FaultInjection();
    faults.start({ kind: 'error', forMs: 1_000 });
    return errorOf(faults.execute(() => 1));
  },
  HedgeSupersededError: async () => {
    const clock = new ManualClock();
    const answer = deferred<number>();
    let loser: AbortSignal | undefined;
    const running = hedge({ delayMs: 10, idempotent: true, clock }).execute(({ signal, attempt }) => {
      if (attempt > 1) return answer.promise;
      loser = signal;
      return never();
    });
    await clock.advance(10);
    answer.resolve(1);
    await running;
    return loser?.reason;
  },
};

const classified = {
  class: 'transient',
  retryable: true,
  countsAgainstBreaker: true,
  reachedServer: 'yes',
  applied: 'maybe',
  kind: 'half',
  scope: 'dependency',
  rule: 'test.half',
} as const;

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => assert.fail('it must fail'),
    (error: unknown) => error,
  );
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('it must throw');
}

function made(end: keyof typeof ends, options: HostOptions = {}): Promise<unknown> {
  const clock = new ManualClock();
  return ends[end]({ clock, ...options }, clock);
}

const makers: readonly (readonly [name: string, make: () => unknown])[] = [
  ...(Object.keys(ends) as (keyof typeof ends)[]).map((end) => [end, () => made(end)] as const),
  ...Object.entries(others),
];

/** Names as a user of an older Node would ask; newer ones have `Error.isError`. */
const isError = (Error as { isError?: (value: unknown) => boolean }).isError ?? types.isNativeError;

describe('F9: errors are real errors', () => {
  for (const [title, make] of makers) {
    const name = title.split(' ')[0] ?? title;

    it(`${title}: it is a native error with a name, a message and a stack`, async () => {
      const error = await make();

      assert.ok(error instanceof Error);
      assert.equal(isError(error), true);
      assert.equal(types.isNativeError(error), true);
      assert.equal(Object.prototype.toString.call(error), '[object Error]');
      assert.equal(error.name, name);
      assert.ok(error.message.length > 10, error.message);
      assert.equal(error.stack?.split('\n')[0], `${name}: ${error.message}`);
      assert.equal(String(error), `${name}: ${error.message}`);
    });

    it(`${title}: a clone has the message`, async () => {
      const error = await make();
      assert.ok(error instanceof Error);
      const clone: unknown = structuredClone(error);

      assert.ok(clone instanceof Error);
      assert.equal(clone.message, error.message);
      assert.equal(clone.stack, error.stack);
    });

    it(`${title}: host libraries may write message, name and stack`, async () => {
      for (const write of writers) {
        const error = await make();
        assert.ok(error instanceof Error);
        write(error);

        assert.deepEqual([error.message, error.name, error.stack], ['students: down', 'Renamed', 'elsewhere']);
        assert.equal(String(error), 'Renamed: students: down');
      }
    });

    it(`${title}: it can be frozen, and is told as other errors are`, async () => {
      const error = Object.freeze(await make());
      assert.ok(error instanceof Error);

      assert.equal(error.name, name);
      const text = inspect(error);
      // Node puts what has no frames in brackets.
      assert.ok(text.replace('[', '').startsWith(`${name}: ${error.message}`), text);
      const { code } = error as { readonly code?: string };
      assert.ok(text.includes(`code: '${code}'`), text);
      assert.ok(Object.keys(error).includes('code'));
      assert.ok(!Object.keys(error).some((key) => ['name', 'message', 'stack'].includes(key)));
    });
  }

  it('a log gets the fields of a refusal', async () => {
    const error = await made('CircuitBreakerOpenError');
    const { breaker, code, retryAfterMs, isolated } = JSON.parse(JSON.stringify(error)) as Record<string, unknown>;

    assert.deepEqual(
      { breaker, code, isolated },
      { breaker: 'circuit-breaker', code: 'CIRCUIT_OPEN', isolated: false },
    );
    assert.equal(typeof retryAfterMs, 'number');
  });

  it('a subclass of a user has only its own instances', async () => {
    const { CircuitBreakerOpenError, RefusedError } = await import('../index.ts');
    class Mine extends CircuitBreakerOpenError {}
    const error = await made('CircuitBreakerOpenError');
    const mine = new Mine({ breaker: 'b', openForMs: 0, retryAfterMs: 0, reason: 'r' });

    assert.equal(error instanceof Mine, false);
    assert.equal(error instanceof RefusedError, true);
    assert.equal(mine instanceof Mine, true);
    assert.equal(mine instanceof CircuitBreakerOpenError, true);
    assert.equal((await made('CallTimeoutError')) instanceof RefusedError, false);
    assert.equal({ code: 'CIRCUIT_OPEN' } instanceof RefusedError, false);
  });

  it('instanceof never throws, not even for a revoked proxy', async () => {
    const { CircuitBreakerOpenError } = await import('../index.ts');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();

    for (const value of [proxy, null, undefined, 1, 'text'])
      assert.equal(value instanceof CircuitBreakerOpenError, false);
  });
});

const writers: readonly ((error: Error) => void)[] = [
  (error) => {
    error.message = 'students: down';
    error.name = 'Renamed';
    error.stack = 'elsewhere';
  },
  (error) => Object.assign(error, { message: 'students: down', name: 'Renamed', stack: 'elsewhere' }),
  (error) => {
    for (const [key, value] of [
      ['message', 'students: down'],
      ['name', 'Renamed'],
      ['stack', 'elsewhere'],
    ] as const) {
      Object.defineProperty(error, key, { value, writable: true, configurable: true });
    }
  },
];

describe('F9: Error.stackTraceLimit', () => {
  it('is what it was, whatever it was', async () => {
    const before = Reflect.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const usual = { writable: true, configurable: true, enumerable: true };
    const asked: unknown[] = [];
    const limits: readonly (PropertyDescriptor | undefined)[] = [
      { value: 7, ...usual },
      { value: 0, ...usual },
      { value: Infinity, ...usual },
      { value: undefined, ...usual },
      { value: '4', ...usual },
      { value: 5, ...usual, writable: false },
      { value: 5, ...usual, enumerable: false },
      { get: () => 3, set: (value: unknown) => asked.push(value), configurable: true, enumerable: true },
      { get: () => 3, configurable: true, enumerable: true },
      undefined,
    ];
    try {
      for (const limit of limits) {
        delete (Error as { stackTraceLimit?: unknown }).stackTraceLimit;
        if (limit !== undefined) Object.defineProperty(Error, 'stackTraceLimit', limit);
        const error = await made('BulkheadFullError');

        const after = Reflect.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
        assert.deepEqual(after && limit && { ...after, ...limit }, limit && { ...limit, ...after });
        assert.equal(isError(error), true);
      }
      assert.deepEqual(asked, []);
    } finally {
      if (before !== undefined) Object.defineProperty(Error, 'stackTraceLimit', before);
    }
  });

  it('may be frozen with everything else', () => {
    const { stdout, status } = program(`
      Object.freeze(Error);
      Object.freeze(Error.prototype);
      const error = await refusal();
      console.log(Error.isError?.(error) ?? true, error.name, error.message.length > 10, error.code);
    `);

    assert.deepEqual([stdout.trim(), status], ['true BulkheadFullError true BULKHEAD_FULL', 0]);
  });
});

describe('F9: an error that nobody handles is printed with name, message and fields', () => {
  // Between workers, Node keeps the name of a class that it does not know in brackets.
  const firstLine = /BulkheadFullError\]?: Bulkhead "bulkhead" is full: 1 running, 0 queued\./;
  const unhandled: readonly (readonly [title: string, source: string, status: number])[] = [
    ['rejected', 'void refusal(true);', 1],
    ['thrown', 'const error = await refusal(); setImmediate(() => { throw error; });', 1],
    ['of a worker', 'if (isMainThread) new Worker(new URL(import.meta.url)); else void refusal(true);', 1],
    ['told to console.error', 'console.error(await refusal());', 0],
  ];
  for (const [title, source, status] of unhandled) {
    it(title, () => {
      const result = program(source);

      assert.equal(result.status, status, result.stderr);
      assert.match(result.stderr, firstLine);
      assert.match(result.stderr, /code: 'BULKHEAD_FULL'/);
      assert.doesNotMatch(result.stderr, /reason ""/);
    });
  }
});

/** Runs a module in a process of its own. */
function program(source: string): { status: number | null; stdout: string; stderr: string } {
  const start = `
    import { isMainThread, Worker } from 'node:worker_threads';
    import { bulkhead } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    const refusal = (unhandled) => {
      const places = bulkhead({ limit: 1 });
      void places.execute(() => new Promise(() => {}));
      const refused = places.execute(() => 1);
      return unhandled ? refused : refused.catch((error) => error);
    };
  `;
  const url = `data:text/javascript,${encodeURIComponent(start + source)}`;
  const entry = `await import(${JSON.stringify(url)});`;
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', entry], { encoding: 'utf8' });
}

describe('F9: stackTraces: true names the caller', () => {
  for (const end of Object.keys(ends) as (keyof typeof ends)[]) {
    it(end, async () => {
      const error = await made(end, { stackTraces: true });
      assert.ok(error instanceof Error);
      const { stack = '' } = error;
      const [first, ...frames] = stack.split('\n');

      assert.equal(first, `${error.name}: ${error.message}`);
      assert.ok(frames.length > 0 && frames.every((frame) => frame.startsWith('    at ')), stack);
      assert.ok(stack.includes('real-errors.test.ts'), stack);
      // The stack is of the place of the call and can be written like any other.
      assert.equal(Reflect.getOwnPropertyDescriptor(error, 'stack')?.enumerable, false);
      error.stack = 'elsewhere';
      assert.equal(error.stack, 'elsewhere');
    });
  }

  const refused = (guarded: Pipeline): Promise<unknown> => {
    void guarded.execute(never);
    return errorOf(madeBySomebody(guarded));
  };
  function madeBySomebody(guarded: Pipeline): Promise<unknown> {
    return guarded.execute(fails);
  }

  it('for the policies of a pipeline, and not by default', async () => {
    const traced = (await refused(pipeline('p', [bulkhead({ limit: 1 })], { stackTraces: true }))) as Error;
    const plain = (await refused(pipeline('p', [bulkhead({ limit: 1 })]))) as Error;

    assert.match(traced.stack ?? '', /at madeBySomebody .*real-errors\.test\.ts/);
    assert.equal(plain.stack, `BulkheadFullError: ${plain.message}`);
  });

  it('for the pipelines of a registry', async () => {
    const error = (await refused(new Registry({ stackTraces: true }).pipeline('p', [bulkhead({ limit: 1 })]))) as Error;

    assert.match(error.stack ?? '', /at madeBySomebody /);
  });

  it('for a policy of its own although a pipeline that lists it does without', async () => {
    const places = bulkhead({ limit: 1, stackTraces: true });
    pipeline('p', [places]);
    void places.execute(never);

    assert.match(((await errorOf(places.execute(fails))) as Error).stack ?? '', /real-errors\.test\.ts/);
  });

  it('leaves errors of the dependency as they are', async () => {
    const boom = refusedConnection();
    const { stack } = boom;
    const guarded = pipeline('p', [retry({ maxAttempts: 1 }), circuitBreaker()], { stackTraces: true });

    assert.equal(await errorOf(guarded.execute(() => Promise.reject(boom))), boom);
    assert.equal(boom.stack, stack);
  });

  it('is checked like every option', () => {
    const wrong = { stackTraces: 'yes' } as unknown as HostOptions;

    for (const make of [() => retry(wrong), () => new Registry(wrong), () => pipeline('p', [], wrong)]) {
      assert.throws(make, { code: 'INVALID_SETTINGS', message: /stackTraces must be a boolean, got 'yes'/ });
    }
  });

  it('does with a process that formats stacks in a way of its own', async () => {
    const { prepareStackTrace } = Error;
    try {
      Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFunctionName());
      const error = await made('CallTimeoutError', { stackTraces: true });

      const stack = (error as { readonly stack: unknown }).stack;
      assert.ok(Array.isArray(stack) && stack.includes('made'), inspect(stack));
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
});
