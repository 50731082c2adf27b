import { mock } from 'node:test';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { down, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Long enough for a slow machine; only a library that falls into the pitfall waits so long. */
const PATIENCE_MS = 2_000;

/** Test runners that fake timers, for a while or without `performance`, as `node:test` does. */
export const fakeTimers: readonly Pitfall[] = [
  {
    number: 'F5a',
    title: 'A timeout used once under fake timers still works with real ones',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(20));
      await withFakeTimers(async () => {
        watch(guard.execute(() => 'well'));
        await turn();
      });
      const call = watch(guard.execute(() => new Promise(() => {})));
      for (let waitedMs = 0; waitedMs < PATIENCE_MS && call.status === 'pending'; waitedMs += 50) {
        await adapter.time.advance(50);
      }
      must(call.status === 'rejected', 'the timeout never came again');
    },
  },
  {
    number: 'F5b',
    title: 'Fake timers without `performance` end a wait between attempts',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 2, baseMs: 1_000 }));
      await withFakeTimers(async () => {
        let calls = 0;
        watch(
          guard.execute(() => {
            calls += 1;
            return down();
          }),
        );
        await tick(60_000);
        must(calls === 2, 'the second attempt never came');
      });
    },
  },
  {
    number: 'F5c',
    title: 'Fake timers without `performance` end a call at its limit',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(1_000));
      await withFakeTimers(async () => {
        const call = watch(guard.execute(() => new Promise(() => {})));
        await tick(60_000);
        must(call.status === 'rejected', 'the timeout never came');
      });
    },
  },
  {
    number: 'F5d',
    title: 'A `setTimeout` stub that calls back at once ends the waits',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.retry?.({ attempts: 3, baseMs: 100 }));
      let timers = 0;
      const replaced = mock.method(globalThis, 'setTimeout', (callback: () => void) => {
        timers += 1;
        if (timers > 50) throw new Error('the test gives up');
        callback();
        return 0;
      });
      try {
        const call = watch(guard.execute(down));
        for (let waitedMs = 0; waitedMs < PATIENCE_MS && call.status === 'pending'; waitedMs += 10) {
          await adapter.time.advance(10);
        }
        must(timers <= 50, 'it set timers without end');
        must(call.status === 'rejected', 'it did not come to an end');
      } finally {
        replaced.mock.restore();
      }
    },
  },
];

async function withFakeTimers(work: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  try {
    await work();
  } finally {
    mock.timers.reset();
  }
}

async function tick(ms: number): Promise<void> {
  await turn();
  mock.timers.tick(ms);
  await turn();
}
