import { must, type Pitfall } from '../pitfall.ts';
import { deferred, down, fail, isAbort, isNotFound, NotFound, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Neutral outcomes, and what does although it looks odd. */
export const neutralOutcomes: readonly Pitfall[] = [
  {
    number: 'P8b',
    title: 'An ignored error between failures is not a success',
    async run(adapter) {
      const breaker = adapter.breaker({ ignores: isNotFound });
      await fail(breaker, 2);
      watch(breaker.execute(() => Promise.reject(new NotFound())));
      await turn();
      await fail(breaker, 1);
      must(breaker.state === 'open', 'three failures with an ignored error among them did not open it');
    },
  },
  {
    number: 'P46a',
    title: 'Aborted calls do not open the breaker of a healthy dependency',
    remark: 'The peers use an error filter for aborts; without it they open.',
    async run(adapter) {
      const breaker = adapter.breaker({ ignoresWhenTold: isAbort });
      for (let call = 1; call <= 10; call += 1) {
        const caller = new AbortController();
        watch(breaker.execute(() => untilAborted(caller.signal), caller.signal));
        caller.abort();
        await turn();
      }
      must(breaker.state === 'closed', 'it opened');
    },
  },
  {
    number: 'P50',
    title: 'A full bulkhead inside does not open the breaker of a healthy dependency',
    remark: 'The peers use an error filter for the refusal; without it they open.',
    async run(adapter) {
      const breaker = adapter.breakerAroundBulkhead(3, 1);
      const running = deferred();
      const first = watch(breaker.execute(() => running.promise));
      await turn();
      await fail(breaker, 10);
      must(breaker.state === 'closed', 'it opened');
      running.resolve('well');
      await turn();
      must(first.status === 'fulfilled', 'the running call was not answered');
    },
  },
  {
    number: 'P42a',
    title: 'An operation may return nothing, or something that is not a promise',
    async run(adapter) {
      const breaker = adapter.breaker();
      const nothing = watch(breaker.execute(() => undefined));
      const value = watch(breaker.execute(() => 7));
      await turn();
      must(value.status === 'fulfilled' && value.value === 7, 'a plain value was not answered');
      must(nothing.status === 'fulfilled', `\`undefined\` became ${nameOf(nothing.error)}`);
    },
  },
  {
    number: 'P42b',
    title: 'An operation that throws synchronously is a failed call like any other',
    async run(adapter) {
      const breaker = adapter.breaker();
      const error = new Error('at once');
      const throws = (): never => {
        throw error;
      };
      for (let call = 1; call <= 3; call += 1) {
        const failed = watch(breaker.execute(throws));
        await turn();
        must(failed.status === 'rejected' && failed.error === error, 'its error was not thrown');
      }
      must(breaker.state === 'open', 'three of them did not open the breaker');
    },
  },
  {
    number: 'P43',
    title: "A filter that throws does not hide the operation's error",
    async run(adapter) {
      const breaker = adapter.breaker({
        ignores: () => {
          throw new Error('the filter is broken');
        },
      });
      const failed = watch(breaker.execute(down));
      await turn();
      must(failed.status !== 'pending', 'the call never ended');
      must(nameOf(failed.error) === 'ECONNREFUSED', "it threw the filter's error");
    },
  },
];

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.name;
}
