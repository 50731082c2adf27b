import { must, offered, type Pitfall } from '../pitfall.ts';
import { down, isAbort, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Answers in place of calls that failed. */
export const fallback: readonly Pitfall[] = [
  {
    number: 'P54a',
    title: 'A fallback runs once and receives the error',
    async run(adapter) {
      const asked: unknown[] = [];
      const answer = (error: unknown): string => {
        asked.push(error);
        return 'a copy';
      };
      const guard = offered(adapter.fallback?.({ answer }));
      const error = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
      const call = watch(guard.execute(() => Promise.reject(error)));
      await turn();
      must(call.status === 'fulfilled' && call.value === 'a copy', 'it did not answer');
      must(asked.length === 1, `it was asked ${asked.length} times`);
      must(asked[0] === error, 'it did not receive the error');
    },
  },
  {
    number: 'P54b',
    title: "When the fallback also fails, the call's error is not lost",
    async run(adapter) {
      const second = new Error('the copy is gone, too');
      const guard = offered(adapter.fallback?.({ answer: () => Promise.reject(second) }));
      const first = Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
      const call = watch(guard.execute(() => Promise.reject(first)));
      await turn();
      must(call.status === 'rejected', 'the call was not rejected');
      const known = errorsOf(call.error);
      must(known.includes(second), "the fallback's error cannot be found in what is thrown");
      must(known.includes(first), "the call's error cannot be found in what is thrown");
    },
  },
  {
    number: 'P55',
    title: 'The fallback does not answer an aborted call',
    remark: 'The peers use an error filter for aborts; without it the fallback answers.',
    async run(adapter) {
      let asked = 0;
      const answer = (): string => {
        asked += 1;
        return 'a copy';
      };
      const guard = offered(adapter.fallback?.({ answer, ignoresWhenTold: isAbort }));
      const caller = new AbortController();
      const call = watch(guard.execute(() => untilAborted(caller.signal), caller.signal));
      await turn();
      caller.abort();
      await turn();
      must(asked === 0, 'the fallback ran');
      must(call.status === 'rejected', 'the call was not rejected');
    },
  },
  {
    number: 'F13',
    title: 'An abort while the fallback runs ends the call at once',
    async run(adapter) {
      offered(adapter.takesSignals || undefined);
      const guard = offered(adapter.fallback?.({ answer: () => new Promise(() => {}) }));
      const caller = new AbortController();
      const reason = new Error('the caller left');
      const call = watch(guard.execute(down, caller.signal));
      await turn();
      caller.abort(reason);
      await turn();
      must(call.status !== 'pending', 'it waits for the fallback for ever');
      must(call.error === reason, "it did not reject with the caller's reason");
    },
  },
];

/** An error and everything that it says it comes from. */
function errorsOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error)) return [error];
  const members = 'errors' in error && Array.isArray(error.errors) ? (error.errors as unknown[]) : [];
  return [error, ...members, ...(error.cause === undefined ? [] : errorsOf(error.cause))];
}
