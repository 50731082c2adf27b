import type { Adapter, Guard } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { deferred, down, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

const remark = 'opossum uses `coalesce` and `coalesceResetOn`; its calls take no signal.';

/** Simultaneous calls that share one operation. */
export const sharedAnswers: readonly Pitfall[] = [
  {
    number: 'F11a',
    title: 'An abort by the first caller does not end the shared call of the others',
    remark,
    async run(adapter) {
      const guard = withSignals(adapter);
      const work = deferred();
      const first = new AbortController();
      watch(
        guard.execute(({ signal }) => Promise.race([work.promise, untilAborted(signal ?? first.signal)]), first.signal),
      );
      const second = watch(guard.execute(() => 'never', new AbortController().signal));
      await turn();
      first.abort();
      await turn();
      work.resolve('the answer');
      await turn();
      must(second.value === 'the answer', `the second caller got "${String(second.error)}"`);
    },
  },
  {
    number: 'F11b',
    title: "An abort ends one caller's part in a shared call at once",
    remark,
    async run(adapter) {
      const guard = withSignals(adapter);
      const work = deferred();
      watch(guard.execute(() => work.promise));
      const leaving = new AbortController();
      const reason = new Error('the caller left');
      const call = watch(guard.execute(() => 'never', leaving.signal));
      await turn();
      leaving.abort(reason);
      await turn();
      must(call.status !== 'pending', 'it waited for the whole of the shared call');
      must(call.error === reason, `it got "${String(call.error)}"`);
    },
  },
  {
    number: 'F11c',
    title: 'Each of two callers can read a shared `Response`, or an error explains why not',
    remark,
    async run(adapter) {
      const guard = offered(adapter.sharing?.());
      const settled = await Promise.allSettled([guard.execute(download), guard.execute(download)]);
      for (const call of settled) {
        if (call.status === 'rejected') must(/Response/.test(String(call.reason)), String(call.reason));
        // One reader after the other: the second finds what the first has left.
        else must((await textOf(call.value)) === 'the text', 'the second caller could not read the body');
      }
    },
  },
  {
    number: 'F11d',
    title: 'A failed shared call is not reused for later callers',
    remark,
    async run(adapter) {
      const guard = offered(adapter.sharing?.());
      watch(guard.execute(down));
      watch(guard.execute(down));
      await turn();
      const later = watch(guard.execute(() => 'well'));
      await turn();
      must(later.value === 'well', 'the next caller got the previous failure');
    },
  },
];

async function download(): Promise<Response> {
  await turn();
  return new Response('the text');
}

function withSignals(adapter: Adapter): Guard {
  return offered(adapter.takesSignals ? adapter.sharing?.() : undefined);
}

async function textOf(answer: unknown): Promise<string> {
  try {
    return await (answer as Response).text();
  } catch (error) {
    return String(error);
  }
}
