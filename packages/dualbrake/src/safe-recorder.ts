import type { BreakerRecorder, CallRecorder, RetryRecorder } from './recorder.ts';
import { dropRejection } from './user-function.ts';

const trusted = new WeakSet<CallRecorder>();

/** Marks a recorder as never throwing, which saves the guard around each of the several records of a call. */
export function trustRecorder(recorder: CallRecorder): void {
  trusted.add(recorder);
}

/** Guards a recorder, so that its errors cannot change the outcome of a call. */
export function safeRecorder(recorder: CallRecorder): CallRecorder {
  if (trusted.has(recorder)) return recorder;
  const safe = new WeakMap<object, object>();
  const wrapped = <R extends object>(found: R | undefined, wrap: (found: R) => R): R | undefined => {
    if (typeof found !== 'object' || found === null) return undefined;
    let known = safe.get(found) as R | undefined;
    if (known === undefined) safe.set(found, (known = wrap(found)));
    return known;
  };
  return {
    breaker: (policy) =>
      wrapped(
        quietly(() => recorder.breaker(policy)),
        safeBreakerRecorder,
      ),
    retry: (policy) =>
      wrapped(
        quietly(() => recorder.retry(policy)),
        safeRetryRecorder,
      ),
  };
}

function safeBreakerRecorder(recorder: BreakerRecorder): BreakerRecorder {
  return {
    ended: (...facts) => quietly(() => recorder.ended(...facts)),
    rejected: (...facts) => quietly(() => recorder.rejected(...facts)),
    changed: (...facts) => quietly(() => recorder.changed(...facts)),
    recovered: (...facts) => quietly(() => recorder.recovered(...facts)),
  };
}

function safeRetryRecorder(recorder: RetryRecorder): RetryRecorder {
  return {
    began: () => quietly(() => recorder.began()),
    succeeded: (...facts) => quietly(() => recorder.succeeded(...facts)),
    waits: (...facts) => quietly(() => recorder.waits(...facts)),
    continues: (...facts) => quietly(() => recorder.continues(...facts)),
    left: (...facts) => quietly(() => recorder.left(...facts)),
    gaveUp: (...facts) => quietly(() => recorder.gaveUp(...facts)),
  };
}

/** @returns `undefined` if it throws. Ignores the rejection of a promise. */
function quietly<R>(work: () => R): R | undefined {
  try {
    const answer = work();
    dropRejection(answer);
    return answer;
  } catch {
    return undefined;
  }
}
