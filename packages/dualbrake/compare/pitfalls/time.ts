import { mock } from 'node:test';
import { must, type Pitfall } from '../pitfall.ts';
import { fail, letsThrough, RESET_MS } from '../scene.ts';

const HOUR_MS = 3_600_000;
const window = { ms: 10_000, percent: 50, minimumCalls: 5 };

/** Windows and clocks. */
export const time: readonly Pitfall[] = [
  {
    number: 'P12',
    title: 'After recovery, one failure does not reopen the breaker: the window starts empty',
    async run(adapter) {
      const breaker = adapter.breaker({ window });
      await fail(breaker, 5);
      await adapter.time.advance(RESET_MS);
      must(await letsThrough(breaker), 'no probe was let through');
      must(breaker.state === 'closed', 'the successful probe did not close it');
      await fail(breaker, 1);
      must(breaker.state === 'closed', 'one failure opened it');
    },
  },
  {
    number: 'P22',
    title: 'Failures from an hour ago do not count in a window of ten seconds',
    async run(adapter) {
      const breaker = adapter.breaker({ window });
      await fail(breaker, 4);
      await adapter.time.advance(HOUR_MS);
      await fail(breaker, 1);
      must(breaker.state === 'closed', 'four old failures and a new one opened it, with a minimum of five calls');
    },
  },
  {
    number: 'P23',
    title: 'Setting the wall clock back an hour does not extend the open time',
    time: 'real',
    async run(adapter) {
      const breaker = adapter.breaker({ resetMs: 10 });
      await fail(breaker, 3);
      must(breaker.state === 'open', 'it did not open');
      const now = Date.now.bind(Date);
      const setBack = mock.method(Date, 'now', () => now() - HOUR_MS);
      try {
        await adapter.time.advance(30);
        must(await letsThrough(breaker), 'it stayed open');
      } finally {
        setBack.mock.restore();
      }
    },
  },
  {
    number: 'P26',
    title: 'Refused calls do not dilute the failure ratio',
    async run(adapter) {
      const breaker = adapter.breaker({ window });
      await fail(breaker, 5);
      await fail(breaker, 20);
      await adapter.time.advance(RESET_MS);
      must(await letsThrough(breaker), 'no probe was let through');
      await fail(breaker, 5);
      must(breaker.state === 'open', 'five failures of five calls did not open it after 20 refused ones');
    },
  },
  {
    number: 'P28',
    title: 'A failure ratio of 150% is rejected by the constructor, with a message that names the option',
    async run(adapter) {
      let message: string | undefined;
      try {
        adapter.breaker({ window: { ...window, percent: 150 } });
      } catch (error) {
        message = error instanceof Error ? error.message : String(error);
      }
      must(message !== undefined, 'it was accepted, and never opens');
      must(/ratio|threshold|percent/i.test(message ?? ''), 'the message does not name the option');
    },
  },
];
