/** F7, B27: whether something was retried is known by the call and by the causes of its error. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  attemptsOf,
  bulkhead,
  classify,
  fallback,
  hedge,
  keyedBreakers,
  pipeline,
  retry,
  staleCache,
  timeout,
  type CallContext,
  type Classification,
  type Retry,
  type RetryOptions,
} from '../index.ts';
import { installAmbientContext } from '../node/index.ts';
import { setAmbientContext } from '../ambient.ts';
import { ManualClock, seededRandom } from '../testing/index.ts';
import { refusedConnection } from '../testing/flaky.ts';

const down = (): Error => Object.assign(new Error('down'), { code: 'ECONNREFUSED', syscall: 'connect' });

function waitOn(clock: ManualClock): (ms: number) => Promise<void> {
  return (ms) => new Promise((resolve) => clock.after(ms, resolve));
}

/** What each call came to: how many attempts it made, and why it stopped. */
type Ended = readonly [attempts: number, stoppedBy: string | undefined];

/** Many calls that begin one after the other. */
async function staggered(
  clock: ManualClock,
  calls: number,
  everyMs: number,
  call: (place: number) => Promise<Ended>,
): Promise<Ended[]> {
  const running: Promise<Ended>[] = [];
  for (let place = 0; place < calls; place += 1) {
    running.push(call(place));
    await clock.advance(everyMs);
  }
  await clock.advance(100_000);
  return Promise.all(running);
}

const four = { maxAttempts: 4, baseMs: 10, factor: 1, jitter: 'none' } as const satisfies RetryOptions;
const strategies: readonly RetryOptions[] = [four, { maxAttempts: 4, strategy: 'immediate' }];

const allFour = (ended: readonly Ended[]): void =>
  assert.deepEqual(
    ended,
    ended.map(() => [4, 'exhausted']),
  );

async function outcomeOf(policy: Retry | ReturnType<typeof pipeline>, work: () => Promise<unknown>): Promise<Ended> {
  const outcome = await policy.executeOutcome(work, { key: 'a' });
  assert.equal(outcome.ok, false);
  assert.equal(outcome.attemptList?.length, outcome.attempts);
  return [outcome.attempts, outcome.stoppedBy];
}

describe('F7: one error object, many calls: each has its attempts', () => {
  for (const options of strategies) {
    const title = options.strategy ?? 'exponential';

    it(`${title}: a rejected promise that they share`, async () => {
      const clock = new ManualClock();
      const wait = waitOn(clock);
      let connection: Promise<never> | undefined;
      const connect = (): Promise<never> =>
        (connection ??= wait(15)
          .then(() => Promise.reject(down()))
          .finally(() => (connection = undefined)));
      const policy = retry({ ...options, clock });

      allFour(await staggered(clock, 40, 7, () => outcomeOf(policy, connect)));
    });

    it(`${title}: a frozen constant`, async () => {
      const clock = new ManualClock();
      const wait = waitOn(clock);
      const constant = Object.freeze(down());
      const policy = retry({ ...options, clock });

      const fails = async (place: number): Promise<never> => {
        await wait(place % 5);
        throw constant;
      };
      allFour(await staggered(clock, 40, 1, (place) => outcomeOf(policy, () => fails(place))));
    });

    it(`${title}: two retries, one of which ends while an attempt of the other runs`, async () => {
      const clock = new ManualClock();
      const wait = waitOn(clock);
      const constant = down();
      const slow = retry({ ...options, name: 'slow', clock });
      const fast = retry({ ...options, name: 'fast', clock });
      const fails = (ms: number) => async (): Promise<never> => {
        await wait(ms);
        throw constant;
      };
      const running = [outcomeOf(slow, fails(500)), outcomeOf(fast, fails(3)), outcomeOf(slow, fails(700))];
      await clock.advance(10_000);

      allFour(await Promise.all(running));
    });

    it(`${title}: around a hedge, and in keyed pipelines`, async () => {
      const clock = new ManualClock();
      const wait = waitOn(clock);
      const constant = down();
      const fails = async (): Promise<never> => {
        await wait(15);
        throw constant;
      };
      const guarded = pipeline(
        'p',
        [
          retry({ ...options }),
          keyedBreakers({ failureThreshold: 1_000_000 }),
          timeout({ limitMs: 1_000 }),
          bulkhead({ limit: 1_000 }),
        ],
        { clock },
      );
      allFour(await staggered(clock, 20, 7, () => outcomeOf(guarded, fails)));

      let calls = 0;
      const hedged = pipeline('h', [retry({ ...options }), hedge({ delayMs: 5, maxHedges: 1, idempotent: true })], {
        clock,
      });
      const ended = await staggered(clock, 10, 7, () =>
        outcomeOf(hedged, () => ((calls += 1), fails())).catch(() => [0, '']),
      );
      assert.equal(ended.length, 10);
      assert.equal(calls, 10 * 4 * 2);
    });
  }
});

/** Nests of 3 inside 3, by how the inner retry is reached. */
const nests: Readonly<
  Record<
    string,
    (inner: Retry, work: () => Promise<never>, wait: () => Promise<void>, context: CallContext) => Promise<unknown>
  >
> = {
  'at once': (inner, work) => inner.execute(work),
  'after an await': async (inner, work, wait) => {
    await wait();
    return inner.execute(work);
  },
  'after an await, with the context': async (inner, work, wait, context) => {
    await wait();
    return inner.execute(work, context);
  },
  'with work to do after it has failed': async (inner, work, wait) => {
    await wait();
    try {
      return await inner.execute(work);
    } finally {
      await wait();
    }
  },
  'as the cause of another error': async (inner, work, wait) => {
    await wait();
    return inner.execute(work).catch((cause: unknown) => {
      throw new Error('no students', { cause: new Error('no rows', { cause }) });
    });
  },
  'as one of several errors': async (inner, work, wait) => {
    await wait();
    return Promise.any([inner.execute(work), Promise.reject(new Error('no copy'))]);
  },
  'of a fallback that fails, too': async (inner, work, wait) => {
    await wait();
    return fallback({ to: () => Promise.reject(new Error('no copy')) }).execute(() => inner.execute(work));
  },
  'in a pipeline with other policies': async (inner, work, wait) => {
    await wait();
    return pipeline('inner', [timeout({ limitMs: 60_000 }), inner, bulkhead({ limit: 9 })]).execute(work);
  },
};

describe('B27: 3 inside 3 is 3', () => {
  for (const ambient of [false, true]) {
    for (const [title, nest] of Object.entries(nests)) {
      for (const sameRetry of [false, true]) {
        it(`${title}${sameRetry ? ', one and the same retry' : ''}${ambient ? ', with the ambient context' : ''}`, async (t) => {
          if (ambient) installAmbientContext();
          t.after(() => setAmbientContext(undefined));
          let calls = 0;
          const outer = retry({ name: 'outer', strategy: 'immediate', classify: () => unwell });
          const inner = sameRetry ? outer : retry({ name: 'inner', strategy: 'immediate', classify: () => unwell });
          const work = (): Promise<never> => {
            calls += 1;
            return Promise.reject(down());
          };
          for (let again = 1; again <= 3; again += 1) {
            const outcome = await outer.executeOutcome((context) => nest(inner, work, turn, context));

            assert.equal(calls, 3 * again);
            assert.equal(outcome.stoppedBy, 'already-retried');
          }
        });
      }
    }
  }

  it('of one error object that is thrown each time', async () => {
    let calls = 0;
    const constant = Object.freeze(down());
    const outer = retry({ name: 'outer', strategy: 'immediate' });
    const inner = retry({ name: 'inner', strategy: 'immediate' });
    const work = (): Promise<never> => ((calls += 1), Promise.reject(constant));
    for (let again = 1; again <= 3; again += 1) {
      await assert.rejects(
        outer.execute(async () => {
          await turn();
          return inner.execute(work);
        }),
        { code: 'ECONNREFUSED' },
      );
      assert.equal(calls, 3 * again);
    }
  });

  it('3 inside 3 inside 3 is 3, of one pipeline and across awaits', async () => {
    const three = ['a', 'b', 'c'].map((name) => retry({ name, strategy: 'immediate' }));
    const [a, b, c] = three as [Retry, Retry, Retry];
    let calls = 0;
    const work = (): Promise<never> => ((calls += 1), Promise.reject(down()));

    await assert.rejects(pipeline('p', three).execute(work), { code: 'ECONNREFUSED' });
    assert.equal(calls, 3);
    const later = async (next: () => Promise<unknown>): Promise<unknown> => {
      await turn();
      return next();
    };
    await assert.rejects(
      a.execute(() => later(() => b.execute(() => later(() => c.execute(work))))),
      { code: 'ECONNREFUSED' },
    );
    assert.equal(calls, 6);
    await assert.rejects(
      a.execute(() => later(() => b.execute(() => c.execute(work)))),
      { code: 'ECONNREFUSED' },
    );
    assert.equal(calls, 9);
  });

  it('a hedge between does not begin again either, and waits for what runs beside', async () => {
    const clock = new ManualClock();
    const inner = retry({ name: 'inner', maxAttempts: 3, baseMs: 10, factor: 1, jitter: 'none' });
    for (const [delayMs, expected] of [
      [1_000, 3],
      [5, 6],
    ] as const) {
      const guard = pipeline('p', [retry({ strategy: 'immediate' }), hedge({ delayMs, idempotent: true }), inner], {
        clock,
      });
      let calls = 0;
      const failing = assert.rejects(
        guard.execute(() => {
          calls += 1;
          throw down();
        }),
        /down/,
      );
      await clock.advance(10_000);

      await failing;
      assert.equal(calls, expected);
    }
  });

  it('of answers that are judged failures, thrown and answered', async () => {
    const judge = (value: unknown): Classification | undefined => (value === 'busy' ? classify(down()) : undefined);
    for (const judgedFailure of ['throw', 'answer'] as const) {
      const options = { strategy: 'immediate', judge, judgedFailure } as const;
      const ways: ((ask: () => string) => Promise<unknown>)[] = [
        (ask) => pipeline('p', [retry({ name: 'outer', ...options }), retry(options)]).execute(ask),
        (ask) => retry(options).execute((context) => retry(options).execute(ask, context)),
        (ask) => retry(options).execute(() => retry(options).execute(ask)),
      ];
      for (const way of ways) {
        let calls = 0;
        await way(() => {
          calls += 1;
          return 'busy';
        }).catch(() => undefined);
        assert.equal(calls, 3);
      }
    }
  });

  it('3 inside 3 inside 3 is 3, of a constant across awaits', async () => {
    const constant = Object.freeze(down());
    let calls = 0;
    let work = async (): Promise<never> => {
      calls += 1;
      await Promise.resolve();
      throw constant;
    };
    for (let depth = 0; depth < 3; depth += 1) {
      const within = work;
      const own = retry({ strategy: 'immediate' });
      work = async () => {
        await Promise.resolve();
        return own.execute(within);
      };
    }
    for (const expected of [3, 6]) {
      await assert.rejects(work(), /down/);
      assert.equal(calls, expected);
    }
  });

  for (const title of ['new errors', 'one constant']) {
    it(`of callers that wait for one flight, with ${title}`, async () => {
      const constant = down();
      let calls = 0;
      const ask = async (): Promise<never> => {
        calls += 1;
        await Promise.resolve();
        throw title === 'new errors' ? down() : constant;
      };
      const inner = pipeline('inner', [staleCache({ key: () => 'k' }), retry({ strategy: 'immediate' })]);
      const outer = retry({ strategy: 'immediate' });
      const oneList = pipeline('one list', [
        retry({ name: 'outer', strategy: 'immediate' }),
        staleCache({ key: () => 'k' }),
        retry({ strategy: 'immediate' }),
      ]);
      const ways: (() => Promise<Ended>)[] = [
        () => outcomeOf(outer, () => inner.execute(ask)),
        async () => {
          const { attempts, stoppedBy } = await outer.executeOutcome((context) => inner.execute(ask, context));
          return [attempts, stoppedBy];
        },
        async () => [1, (await oneList.executeOutcome(ask)).stoppedBy],
      ];
      for (const way of ways) {
        calls = 0;
        assert.deepEqual(
          await Promise.all([way(), way(), way()]),
          [1, 2, 3].map(() => [1, 'already-retried']),
        );
        assert.equal(calls, 3);
      }
    });
  }

  it('repeatRetried multiplies, and does not hide from what is further out that it was retried', async () => {
    let calls = 0;
    const work = (): Promise<never> => ((calls += 1), Promise.reject(down()));
    const inner = retry({ name: 'inner', strategy: 'immediate' });
    const middle = retry({ name: 'middle', strategy: 'immediate', repeatRetried: true });
    const outer = retry({ name: 'outer', strategy: 'immediate' });

    await assert.rejects(
      outer.execute(() => middle.execute(() => inner.execute(work))),
      { code: 'ECONNREFUSED' },
    );

    assert.equal(calls, 9);
  });

  it('an inner retry whose failure was dealt with says nothing of another error', async () => {
    let calls = 0;
    const inner = retry({ name: 'inner', strategy: 'immediate' });
    const outer = retry({ name: 'outer', strategy: 'immediate' });

    await assert.rejects(
      outer.execute(async () => {
        calls += 1;
        await inner.execute(() => Promise.reject(down())).catch(() => undefined);
        throw down();
      }),
      { code: 'ECONNREFUSED' },
    );

    assert.equal(calls, 3);
  });

  it('a job that starts its successor does not remember all jobs before', async () => {
    installAmbientContext();
    const depths: number[] = [];
    const policy = retry({ maxAttempts: 1 });
    const job = async (context: CallContext, left: number): Promise<void> => {
      let depth = 0;
      for (let call = context as { within?: unknown }; call.within !== undefined; depth += 1)
        call = call.within as typeof call;
      depths.push(depth);
      if (left > 0) await policy.execute((next) => job(next, left - 1));
    };
    try {
      await policy.execute((context) => job(context, 500));
    } finally {
      setAmbientContext(undefined);
    }

    assert.equal(depths.length, 501);
    assert.ok(Math.max(...depths) <= 64, String(Math.max(...depths)));
  });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const unwell = {
  class: 'transient',
  retryable: true,
  countsAgainstBreaker: true,
  reachedServer: 'no',
  applied: 'no',
  kind: 'connect',
  scope: 'dependency',
  rule: 'test.down',
} as const;

/** A call tree: a retry around a failing operation, or around other calls in turn; the last one decides. */
interface Tree {
  readonly maxAttempts: number;
  readonly takesMs: number;
  readonly inner: Tree | undefined;
}

/** How often the innermost operation is called: by the innermost retry alone. */
function callsOf(tree: Tree): number {
  return tree.inner === undefined ? tree.maxAttempts : callsOf(tree.inner);
}

describe('F7: against a model with explicit call trees', () => {
  const random = seededRandom(7);
  const below = (most: number): number => Math.floor(random() * most);
  const treeOf = (depth: number): Tree => ({
    maxAttempts: 2 + below(3),
    takesMs: below(20),
    inner: depth > 0 ? treeOf(depth - 1) : undefined,
  });

  for (let run = 0; run < 40; run += 1) {
    it(`run ${run}: trees of calls side by side, each with its own error objects or all with one`, async () => {
      const clock = new ManualClock();
      const wait = waitOn(clock);
      const constant = run % 2 === 0 ? down() : undefined;
      const trees = Array.from({ length: 1 + below(12) }, () => treeOf(below(3)));
      const calls = trees.map(() => 0);
      const begin = (place: number, tree: Tree): Promise<unknown> =>
        retry({ maxAttempts: tree.maxAttempts, baseMs: 10, factor: 1, clock }).execute(async (context) => {
          // The context is how these trees know of each other: with the others, nobody can tell for sure.
          if (tree.inner !== undefined) {
            await wait(tree.takesMs);
            return handOver(place, tree.inner, context);
          }
          calls[place] = (calls[place] ?? 0) + 1;
          await wait(tree.takesMs);
          throw constant ?? down();
        });
      const handOver = (place: number, tree: Tree, context: CallContext): Promise<unknown> =>
        retry({ maxAttempts: tree.maxAttempts, baseMs: 10, factor: 1, clock }).execute(async (own) => {
          if (tree.inner !== undefined) {
            await wait(tree.takesMs);
            return handOver(place, tree.inner, own);
          }
          calls[place] = (calls[place] ?? 0) + 1;
          await wait(tree.takesMs);
          throw constant ?? down();
        }, context);
      const running: Promise<unknown>[] = [];
      for (const [place, tree] of trees.entries()) {
        running.push(begin(place, tree).catch((error: unknown) => error));
        await clock.advance(below(15));
      }
      await clock.advance(1_000_000);
      await Promise.all(running);

      assert.deepEqual(calls, trees.map(callsOf));
    });
  }
});

describe('attemptsOf', () => {
  it('knows an answer that was judged a failure and answered', async () => {
    const answer = { status: 503 };
    const judge = () => unwell;
    const policy = retry({ strategy: 'immediate', judge });

    assert.equal(await policy.execute(() => answer), answer);
    assert.equal(attemptsOf(answer)?.length, 3);
    assert.equal(attemptsOf(answer)?.stoppedBy, 'exhausted');
  });

  it('row 43: what is thrown is thrown on as it is, whatever it is', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrown: readonly unknown[] = [proxy, undefined, null, 0, 'text', Symbol('s'), () => 1, new Proxy(down(), {})];
    for (const one of thrown) {
      const policies = [
        retry({ strategy: 'immediate' }),
        pipeline('p', [
          fallback({ to: () => 1, when: () => false }),
          retry({ strategy: 'immediate' }),
          timeout({ limitMs: 1_000 }),
        ]),
        keyedBreakers(),
      ];
      for (const policy of policies) {
        const caught = await policy
          .execute(() => Promise.reject(one))
          .then(
            () => assert.fail('it must fail'),
            (error: unknown) => [error],
          );
        assert.ok(Object.is(caught[0], one));
      }
    }
  });

  it('a custom policy under a retry may answer no promise, and may throw at once', async () => {
    let calls = 0;
    const custom = {
      name: 'custom',
      run: (): never => {
        calls += 1;
        if (calls < 3) throw refusedConnection();
        return 'fine' as never;
      },
    };

    assert.equal(await pipeline('p', [retry({ strategy: 'immediate' }), custom]).execute(() => 'unused'), 'fine');
    assert.equal(await pipeline('p', [retry({ strategy: 'immediate' }), custom]).execute(() => 'unused'), 'fine');
  });
});
