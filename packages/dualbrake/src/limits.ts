import { isOurs } from './brand.ts';
import type { Call } from './call.ts';
import type { Classification, Classifier } from './classification.ts';
import { classify } from './classify/classify.ts';
import { classifyWith } from './classify/condition.ts';
import { impatience } from './classify/own.ts';
import { CallTimeoutError } from './errors.ts';

/**
 * How early a time limit derived from `remainingMs` may fire, in milliseconds: timers round to whole milliseconds and count from the
 * start of their event loop turn.
 */
const EARLY_MS = 2;

/** The rule for a gateway's timeout. It is not of kind `timeout`. */
const GATEWAY_TIMEOUT = 'http.504';

/**
 * What an error means for a call, as seen by one policy of its chain. The classifier decides, unless a time limit expired or the caller
 * aborted. Then the cause of that matters, not the error that the operation turned it into:
 *
 * - If the caller's signal or deadline ended the call, it does not count against the dependency.
 * - If a limit of this chain ended the call, it is a timeout of the dependency.
 * - If a stream failed while its consumer was busy with an item, it does not count either: the source was not being read.
 *
 * @param call `undefined` outside of a call
 */
export function classifyCall(classifier: Classifier, error: unknown, call: Call<unknown> | undefined): Classification {
  // A bug in the calling code, whatever the user's classifier says about unknown errors.
  if (isOurs(error, 'INVALID_SETTINGS')) return classify(error);
  if (call === undefined) return classifyWith(classifier, error);
  if (call.stream?.isIdle === true) return neutral(classifyWith(classifier, error));
  if (call.aborted) return classifyAborted(classifier, error, call);
  if (isOutOfTime(error)) {
    // The inner call's caller is this chain: its deadline may be a limit of this chain whose timer is about to fire.
    return isAtChainLimit(call)
      ? classifyWith(classifier, new CallTimeoutError(error.limitMs))
      : neutral(classifyWith(classifier, error));
  }
  const found = classifyWith(classifier, error);
  return found.countsAgainstBreaker && isAtCallersLimit(call, error, found) ? neutral(found) : found;
}

/** Whether the call failed because of the caller's deadline: then it doesn't count, and retrying is pointless. */
export function isImpatience(found: Classification): boolean {
  return found === impatience.verdict || impatient.has(found);
}

/** Whether a call was started and then exceeded its caller's deadline. A call that was not started is a refusal instead. */
export function isOutOfTime(error: unknown): error is CallTimeoutError {
  return isOurs(error, 'CALL_TIMEOUT') && (error as CallTimeoutError).limitedBy === 'caller';
}

/** Whether a time limit derived from this deadline may have expired by now. */
export function isReached(deadline: number, now: number): boolean {
  return now >= deadline - EARLY_MS;
}

function classifyAborted(classifier: Classifier, error: unknown, call: Call<unknown>): Classification {
  const { abortReason } = call;
  if (call.isCallerGone) {
    const wasInTime = error !== undefined && call.extras?.expiredWith === error;
    return wasInTime ? classifyWith(classifier, error) : neutral(classify(error, call.classifyContext()));
  }
  if (!isOurs(abortReason, 'CALL_TIMEOUT')) return classifyWith(classifier, error, call.classifyContext());
  const found = classifyWith(classifier, abortReason, call.classifyContext());
  return (abortReason as CallTimeoutError).limitedBy === 'caller' ? neutral(found) : found;
}

/** Whether a limit of this chain, shorter than what the caller had left, has been reached. */
function isAtChainLimit(call: Call<unknown>): boolean {
  return call.isLimitedByChain && isReached(call.deadline, call.host.clock.now());
}

/** Whether a driver or service that was passed the caller's remaining time has timed out. */
function isAtCallersLimit(call: Call<unknown>, error: unknown, { kind, rule }: Classification): boolean {
  if (call.limitedTo === undefined || call.isLimitedByChain) return false;
  if (kind !== 'timeout' && rule !== GATEWAY_TIMEOUT) return false;
  // A timeout policy reports in `limitedBy` whose limit it was.
  return !isOurs(error, 'CALL_TIMEOUT') && isReached(call.deadline, call.host.clock.now());
}

/** Classifications that don't count because the limit was the caller's. */
const impatient = new WeakSet<Classification>();

function neutral(found: Classification): Classification {
  if (!found.countsAgainstBreaker) return found;
  const verdict: Classification = { ...found, kind: 'timeout', scope: 'request', countsAgainstBreaker: false };
  impatient.add(verdict);
  return verdict;
}
