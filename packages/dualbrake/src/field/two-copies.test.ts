/** Two copies of the package in one process (ESM and CJS, two versions in `node_modules`) work together. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { circuitBreaker as guarded } from '../decorators/index.ts';
import { toProblem } from '../fastify/index.ts';
import * as one from '../index.ts';
import { ManualClock } from '../testing/index.ts';
import { refusedConnection } from '../testing/flaky.ts';

type Library = typeof one;

let two: Library;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dualbrake-copy-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const source = fileURLToPath(new URL('..', import.meta.url));
  cpSync(source, join(folder, 'src'), { recursive: true, filter: (file) => !file.endsWith('.test.ts') });
  two = (await import(pathToFileURL(join(folder, 'src', 'index.ts')).href)) as Library;
});
after(() => rmSync(folder, { recursive: true }));

const fails = (): Promise<never> => Promise.reject(refusedConnection());
const never = (): Promise<never> => new Promise(() => undefined);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function openBreaker(library: Library, resetMs = 1_000, clock = new ManualClock()): Promise<one.CircuitBreaker> {
  const breaker = library.circuitBreaker({ failureThreshold: 1, resetTimeoutMs: resetMs, clock });
  await breaker.execute(fails).catch(() => undefined);
  return breaker;
}

const pairs = [
  ['the other one inside', () => [one, two]],
  ['the other one outside', () => [two, one]],
] as const satisfies readonly (readonly [string, () => readonly [Library, Library]])[];

describe('row 38: two copies', () => {
  it('are two', () => {
    assert.notEqual(two.Retry, one.Retry);
    assert.notEqual(two.CircuitBreakerOpenError, one.CircuitBreakerOpenError);
  });

  for (const [title, libraries] of pairs) {
    for (const [reached, nest] of Object.entries({
      'at once': (inner: one.Retry, work: () => Promise<never>) => inner.execute(work),
      'after an await': async (inner: one.Retry, work: () => Promise<never>) => {
        await turn();
        return inner.execute(work);
      },
      'after an await, with the context': async (
        inner: one.Retry,
        work: () => Promise<never>,
        context: one.CallContext,
      ) => {
        await turn();
        return inner.execute(work, context);
      },
    })) {
      it(`${title}: a retry inside a retry, ${reached}, makes 3 calls and not 9`, async () => {
        const [outerCopy, innerCopy] = libraries();
        const [outer, inner] = [outerCopy, innerCopy].map(({ retry }) => retry({ strategy: 'immediate' }));
        assert.ok(outer !== undefined && inner !== undefined);
        let calls = 0;
        const work = (): Promise<never> => ((calls += 1), fails());

        const error = await outer.execute((context) => nest(inner, work, context)).catch((caught: unknown) => caught);

        assert.equal(calls, 3);
        assert.equal(outerCopy.attemptsOf(error)?.stoppedBy, 'already-retried');
        assert.equal(innerCopy.attemptsOf(error)?.stoppedBy, 'already-retried');
      });
    }

    it(`${title}: waitForOpenCircuit waits for a breaker of the other copy`, async () => {
      const [outer, inner] = libraries();
      const clock = new ManualClock();
      const breaker = await openBreaker(inner, 1_000, clock);
      const policy = outer.retry({ waitForOpenCircuit: true, jitter: 'none', clock });
      const running = policy.execute(() => breaker.execute(() => 'fine'));
      await clock.advance(1_000);

      assert.equal(await running, 'fine');
      assert.equal(policy.report()['retries'], 1);
    });

    it(`${title}: refusals are known`, async () => {
      const [outer, inner] = libraries();
      const breaker = await openBreaker(inner);
      const outcome = await outer
        .pipeline('p', [outer.retry(), outer.circuitBreaker({ failureThreshold: 1 })])
        .executeOutcome(() => breaker.execute(() => 1));

      assert.equal(outcome.stoppedBy, 'circuit-open');
      assert.equal(outcome.attempts, 1);
      assert.equal(outcome.classification?.class, 'refused');
      assert.equal(outcome.error instanceof outer.CircuitBreakerOpenError, true);
      assert.equal(outcome.error instanceof outer.RefusedError, true);
      assert.equal(outcome.error instanceof outer.RecoveryError, true);
      assert.equal(outcome.error instanceof outer.BulkheadFullError, false);
      assert.equal(outer.attemptsOf(outcome.error)?.length, 1);
    });

    it(`${title}: the limits of a call hold across both`, async () => {
      const [outer, inner] = libraries();
      const clock = new ManualClock();
      const left = new AbortController();
      const running = outer
        .timeout({ limitMs: 100, clock })
        .execute((context) => inner.timeout({ limitMs: 900, clock }).execute(never, context), left.signal);
      const ended = assert.rejects(running, { code: 'CALL_TIMEOUT', limitMs: 100 });
      await clock.advance(100);
      await ended;
    });

    it(`${title}: a policy, a keyed one and a pipeline of the other copy are layers`, async () => {
      const [outer, inner] = libraries();
      const clock = new ManualClock();
      const seen: [number, number, boolean, string, unknown][] = [];
      const layers = [
        outer.retry({ name: 'outer', maxAttempts: 2, strategy: 'immediate' }),
        inner.timeout({ limitMs: 50 }),
        inner.pipeline('inner', [inner.circuitBreaker({ failureThreshold: 3 }), inner.bulkhead({ limit: 1 })], {
          clock,
        }),
        inner.keyedBreakers({ failureThreshold: 1_000 }),
        outer.timeout({ name: 'late', limitMs: 900 }),
      ] as unknown as readonly one.Layer[];
      const made = outer.pipeline('made', layers, { clock });
      const running = made.executeOutcome(
        (context) => {
          const { attempt, deadline, signal, key, attributes } = context;
          seen.push([attempt, deadline, signal.aborted, key, attributes]);
          signal.addEventListener('abort', () => seen.push([attempt, deadline, signal.aborted, key, attributes]));
          return never();
        },
        { key: 'k', attributes: { user: 'ana' }, withinMs: 500 },
      );
      await clock.advance(50);
      await clock.advance(50);
      const outcome = await running;

      assert.equal(outcome.ok, false);
      const user = { user: 'ana' };
      assert.deepEqual(seen.slice(0, 2), [
        [1, 50, false, 'k', user],
        [1, 50, true, 'k', user],
      ]);
      // The bulkhead keeps the place of the work that goes on, hence no second call of the operation.
      assert.equal(seen.length, 2);
      assert.equal((outcome.error as { code?: string }).code, 'BULKHEAD_FULL');
      assert.deepEqual(
        made.policies.map(({ name }) => name),
        ['outer', 'timeout', 'circuit-breaker', 'bulkhead', 'keyed-breakers', 'late'],
      );
    });

    it(`${title}: a fallback of the other copy answers, and its retry counts attempts`, async () => {
      const [outer, inner] = libraries();
      const attempts: number[] = [];
      const layers = [
        inner.fallback({ to: 'a copy' }),
        inner.retry({ maxAttempts: 3, strategy: 'immediate' }),
        outer.circuitBreaker({ failureThreshold: 99 }),
      ] as unknown as readonly one.Layer[];
      const made = outer.pipeline('made', layers);

      assert.equal(await made.execute(({ attempt }) => (attempts.push(attempt), fails())), 'a copy');
      assert.deepEqual(attempts, [1, 2, 3]);
    });

    it(`${title}: a registry watches and steers policies of the other copy`, async () => {
      const [outer, inner] = libraries();
      const registry = new outer.Registry();
      const breaker = inner.circuitBreaker({ failureThreshold: 1 });
      const made = registry.pipeline('p', [breaker as unknown as one.Layer]);
      const events: string[] = [];
      registry.subscribe(({ type }) => events.push(type));
      await made.execute(fails).catch(() => undefined);

      assert.equal(registry.report()[0]?.members[0]?.report['state'], 'open');
      assert.ok(events.includes('transition'), events.join());
      registry.control('p', breaker.name, 'reset');
      assert.equal(breaker.state, 'closed');
      assert.equal(await made.execute(() => 'fine'), 'fine');
    });
  }

  it('settings that are wrong are told by an error that both know', () => {
    assert.throws(() => two.retry({ maxAttempts: -1 }), one.InvalidSettingsError);
  });

  it('toProblem knows refusals of the other copy', async () => {
    const breaker = await openBreaker(two);
    const error: unknown = await breaker.execute(() => 1).catch((caught: unknown) => caught);

    assert.equal(toProblem(error)?.status, 503);
  });

  it('a decorator takes a breaker of the other copy', async () => {
    const breaker = two.circuitBreaker({ failureThreshold: 1 });
    await breaker.execute(fails).catch(() => undefined);
    class Students {
      @guarded(breaker)
      async find(): Promise<number> {
        return 1;
      }
    }

    await assert.rejects(new Students().find(), { code: 'CIRCUIT_OPEN' });
  });
});
