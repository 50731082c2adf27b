import type { Adapter, Breaker } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { down, fail, letsThrough, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Functions that users hand in: they may be async, may fail, may answer nothing. */
export const userFunctions: readonly Pitfall[] = [
  {
    number: 'F10a',
    title: 'An async breaker listener that rejects is not an unhandled rejection',
    async run(adapter) {
      const breaker = adapter.breaker({ onChange: failsLater });
      await fail(breaker, 3);
      // Who runs the pitfalls listens for unhandled rejections.
      must(breaker.state === 'open', 'it did not open');
    },
  },
  {
    number: 'F10b',
    title: 'An async retry listener that rejects is not an unhandled rejection',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 3, baseMs: 10, onDelay: failsLater }));
      const call = watch(guard.execute(down));
      await adapter.time.advance(100);
      must(call.status === 'rejected', 'it did not come to an end');
    },
  },
  {
    number: 'F10c',
    title: 'An async filter is rejected by the constructor or awaited: a promise is not a "yes"',
    async run(adapter) {
      const ignoring = breakerWith(adapter, true);
      const counting = breakerWith(adapter, false);
      if (ignoring === 'refused' && counting === 'refused') return;
      must(ignoring !== 'refused' && counting !== 'refused', 'only one of two async filters was rejected');
      if (ignoring === 'refused' || counting === 'refused') return;
      await fail(ignoring, 5);
      await fail(counting, 5);
      must(await letsThrough(ignoring), 'errors that the filter ignored opened the breaker');
      must(counting.state === 'open', "it never opened, regardless of the filter's answer");
    },
  },
  {
    number: 'F10d',
    title: 'A filter or classifier that returns nothing does not replace the error',
    async run(adapter) {
      const breaker = adapter.breaker({ judge: () => undefined });
      const error = new Error('the error of the dependency');
      const call = watch(breaker.execute(() => Promise.reject(error)));
      await turn();
      must(call.error === error, `it rejected with "${String(call.error)}"`);
    },
  },
  {
    number: 'F10e',
    title:
      'An async filter or classifier that rejects is not an unhandled rejection, or is rejected by the constructor',
    async run(adapter) {
      const breaker = breakerJudgedBy(adapter, failsLater);
      if (breaker === 'refused') return;
      const error = new Error('the error of the dependency');
      const call = watch(breaker.execute(() => Promise.reject(error)));
      await turn();
      must(call.error === error, `it rejected with "${String(call.error)}"`);
    },
  },
];

async function failsLater(): Promise<never> {
  await turn();
  throw new Error('the log server is down');
}

/** A breaker that is told by an async filter to ignore all errors, or none. */
function breakerWith(adapter: Adapter, ignored: boolean): Breaker | 'refused' {
  const ignores = (async () => ignored) as unknown as () => boolean;
  return unlessRefused(() => adapter.breaker({ ignores }));
}

function breakerJudgedBy(adapter: Adapter, judge: () => unknown): Breaker | 'refused' {
  return unlessRefused(() => adapter.breaker({ judge }));
}

function unlessRefused(make: () => Breaker): Breaker | 'refused' {
  try {
    return make();
  } catch {
    return 'refused';
  }
}
