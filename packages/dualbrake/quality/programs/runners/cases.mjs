/** What must hold in any test runner while its timers are fake. Each answers 'as expected', or what came instead. */

/** Real time may not be needed to end it. */
export const hang = () => new Promise(() => undefined);

/** The codes of what a call fails with, or its answer. */
const outcome = (call) =>
  call.then(
    (answer) => answer,
    (error) => error.code ?? error.message,
  );

const verdict = (found, expected) =>
  JSON.stringify(found) === JSON.stringify(expected) ? 'as expected' : JSON.stringify(found);

/**
 * @param policies of the library, as the suite has imported it
 * @param hasClock whether `performance` is fake, too: a breaker has no timer, it reads the clock
 */
export function cases({ bulkhead, CircuitBreaker, hedge, pipeline, rateLimit, retry, timeout }, hasClock) {
  const failing = (times) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error('down'), { code: 'ECONNRESET', syscall: 'read' });
      return calls;
    };
  };
  return {
    'a retry of minutes ends by ticks': async (advance) => {
      const call = outcome(retry({ maxAttempts: 3, baseMs: 60_000, jitter: 'none' }).execute(failing(2)));
      await advance(60_000);
      await advance(120_000);
      return verdict(await call, 3);
    },
    'a timeout fires by ticks, and not before': async (advance) => {
      const call = outcome(timeout({ limitMs: 30_000 }).execute(hang));
      let settled = false;
      void call.then(() => (settled = true));
      await advance(29_999);
      const before = settled;
      await advance(1);
      return verdict([before, await call], [false, 'CALL_TIMEOUT']);
    },
    'many timeouts of one policy fire, each in its own time': async (advance) => {
      const limit = timeout({ limitMs: 10_000 });
      const first = outcome(limit.execute(hang));
      await advance(5_000);
      const second = outcome(limit.execute(hang));
      await advance(5_000);
      const firstCode = await first;
      await advance(5_000);
      return verdict([firstCode, await second], ['CALL_TIMEOUT', 'CALL_TIMEOUT']);
    },
    'a hedge starts by ticks': async (advance) => {
      let calls = 0;
      const call = outcome(
        hedge({ delayMs: 20_000, idempotent: true }).execute(() => {
          calls += 1;
          return calls === 1 ? hang() : 'hedged';
        }),
      );
      await advance(20_000);
      return verdict(await call, 'hedged');
    },
    'a call waits in a bulkhead, and gives up by ticks': async (advance) => {
      const slots = bulkhead({ limit: 1, queue: 1, maxWaitMs: 20_000 });
      void slots.execute(hang);
      const call = outcome(slots.execute(() => 'never'));
      await advance(20_000);
      return verdict(await call, 'BULKHEAD_FULL');
    },
    'a call waits in a rate limit, and has its turn by ticks': async (advance) => {
      const rate = rateLimit({ limit: 1, perMs: 20_000, queue: 2 });
      const calls = ['a', 'b'].map((id) => outcome(rate.execute(() => id)));
      await advance(20_000);
      return verdict(await Promise.all(calls), ['a', 'b']);
    },
    'a pipeline of retry and timeout': async (advance) => {
      let calls = 0;
      const both = pipeline('both', [
        retry({ maxAttempts: 2, baseMs: 5_000, jitter: 'none' }),
        timeout({ limitMs: 10_000 }),
      ]);
      const call = outcome(
        both.execute(
          () => {
            calls += 1;
            return calls === 1 ? hang() : 'second';
          },
          { idempotent: true },
        ),
      );
      await advance(10_000);
      await advance(5_000);
      return verdict(await call, 'second');
    },
    ...(hasClock && {
      'a breaker tests again when the clock says so': async (advance) => {
        const breaker = new CircuitBreaker({ failureThreshold: 1, resetTimeoutMs: 60_000 });
        const work = failing(1);
        const codes = [await outcome(breaker.execute(work)), await outcome(breaker.execute(work))];
        await advance(60_000);
        return verdict([...codes, await outcome(breaker.execute(work))], ['ECONNRESET', 'CIRCUIT_OPEN', 2]);
      },
    }),
  };
}
