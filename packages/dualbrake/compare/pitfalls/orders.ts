import { must, offered, type Pitfall } from '../pitfall.ts';
import { fail, letsThrough, RESET_MS } from '../scene.ts';

const remark = 'opossum has no such control: after `open()` it probes by itself, and `shutdown()` is final.';

/** A person who takes a dependency out of service. */
export const orders: readonly Pitfall[] = [
  {
    number: 'P13',
    title: 'Ending an isolation does not close a breaker that was open',
    remark,
    async run(adapter) {
      const breaker = adapter.breaker();
      const isolate = offered(breaker.isolate);
      await fail(breaker, 3);
      const release = isolate();
      release();
      must(!(await letsThrough(breaker)), 'it was closed afterwards');
    },
  },
  {
    number: 'P14',
    title: 'An isolated breaker does not start probing by itself',
    remark,
    async run(adapter) {
      const breaker = adapter.breaker();
      const release = offered(breaker.isolate)();
      await adapter.time.advance(10 * RESET_MS);
      must(!(await letsThrough(breaker)), 'it let a call through');
      release();
      must(await letsThrough(breaker), 'it refused after the release');
    },
  },
];
