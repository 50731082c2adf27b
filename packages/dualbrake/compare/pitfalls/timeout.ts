import type { Adapter, Operation } from '../adapter.ts';
import { must, offered, type Pitfall } from '../pitfall.ts';
import { deferred, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

/** Limits on how long a call takes. */
export const timeout: readonly Pitfall[] = [
  {
    number: 'P45',
    title: 'An operation that fails after its timeout is not an unhandled rejection',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(100));
      const operation = deferred();
      const call = watch(guard.execute(() => operation.promise));
      await adapter.time.advance(100);
      must(call.status === 'rejected', 'the caller had no answer at the limit');
      // Who runs the pitfalls listens for unhandled rejections.
      operation.reject(new Error('late'));
      await turn();
    },
  },
  {
    number: 'P46b',
    title:
      "An aborted call rejects with the caller's reason, not with a timeout, when the operation listens to its signal",
    run: (adapter) => leavesWithHisReason(adapter, ({ signal }) => untilAborted(signal ?? AbortSignal.abort())),
  },
  {
    number: 'P46c',
    title:
      "An aborted call rejects with the caller's reason, not with a timeout, when the operation ignores its signal",
    run: (adapter) => leavesWithHisReason(adapter, () => new Promise(() => {})),
  },
  {
    number: 'P47',
    title: 'No timer is left when the work is done',
    time: 'real',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(60_000));
      const before = timersThatHold();
      for (let call = 1; call <= 50; call += 1) watch(guard.execute(() => Promise.resolve('done')));
      await turn();
      const left = timersThatHold() - before;
      must(left <= 0, `${left} timers kept the process alive`);
    },
  },
  {
    number: 'P49',
    title: 'The timeout of one call does not abort another',
    remark: 'opossum uses `abortController` and `autoRenewAbortController`.',
    async run(adapter) {
      const guard = offered(adapter.timeout?.(100));
      watch(guard.execute(() => new Promise(() => {})));
      await adapter.time.advance(60);
      const work = deferred();
      let other: AbortSignal | undefined;
      const call = watch(
        guard.execute(({ signal }) => {
          other = signal;
          return work.promise;
        }),
      );
      await adapter.time.advance(40);
      must(other?.aborted === false, 'it aborted the signal of a call that had 60 ms left');
      work.resolve('well');
      await turn();
      must(call.status === 'fulfilled', 'the other call was not answered');
    },
  },
];

/** He leaves long before the limit; what he is told is looked at long after it. */
async function leavesWithHisReason(adapter: Adapter, operation: Operation): Promise<void> {
  let timeouts = 0;
  const guard = offered(adapter.takesSignals ? adapter.timeout?.(1_000, () => (timeouts += 1)) : undefined);
  const caller = new AbortController();
  const reason = new Error('the caller left');
  const call = watch(guard.execute(operation, caller.signal));
  await turn();
  caller.abort(reason);
  await adapter.time.advance(2_000);
  must(call.status === 'rejected', 'the call never ended');
  must(
    call.error === reason,
    `it rejected with "${call.error instanceof Error ? call.error.message : String(call.error)}"`,
  );
  must(timeouts === 0, 'a timeout was reported');
}

/** Timers that keep the process alive; detached ones do not. */
function timersThatHold(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
