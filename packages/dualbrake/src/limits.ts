import { isOurs } from './brand.ts';
import type { Call } from './call.ts';
import type { Classification, Classifier } from './classification.ts';
import { classify } from './classify/classify.ts';
import { classifyWith } from './classify/condition.ts';
import { impatience } from './classify/own.ts';
import { CallTimeoutError } from './errors.ts';

/**
 * How much too early a limit may end that somebody made of `remainingMs`, in milliseconds: timers take whole ones, and
 * count from the beginning of a turn of their loop.
 */
const EARLY_MS = 2;

/** The rule of an answer that says that time was up somewhere on the way, beside those of kind `timeout`. */
const GATEWAY_TIMEOUT = 'http.504';

/**
 * What an error means for the call that it ended, at the place in its chain where the error has arrived. It is what the
 * classifier says, unless time was up or the caller gone: then it matters whose decision that was, and not what the
 * operation made of it.
 *
 * - What the caller's own signal or deadline has ended is no evidence against the dependency.
 * - What a limit of this chain has ended is the dependency's timeout.
 * - What ends a stream whose consumer is busy with an item is no evidence either: nobody was asked for the next one.
 *
 * @param call nothing outside of a call
 */
export function classifyCall(classifier: Classifier, error: unknown, call: Call<unknown> | undefined): Classification {
  // A mistake of who wrote the call, whatever a classifier of the user's makes of errors that it does not know.
  if (isOurs(error, 'INVALID_SETTINGS')) return classify(error);
  if (call === undefined) return classifyWith(classifier, error);
  if (call.stream?.isIdle === true) return neutral(classifyWith(classifier, error));
  if (call.aborted) return classifyAborted(classifier, error, call);
  if (isOutOfTime(error)) {
    // What an inner call takes for its caller's limit may be one of this chain, whose timer is just about to fire.
    return isAtChainLimit(call)
      ? classifyWith(classifier, new CallTimeoutError(error.limitMs))
      : neutral(classifyWith(classifier, error));
  }
  const found = classifyWith(classifier, error);
  return found.countsAgainstBreaker && isAtCallersLimit(call, error, found) ? neutral(found) : found;
}

/** Whether it was the caller's limit that a call could not keep: it is no evidence, and no attempt can mend it. */
export function isImpatience(found: Classification): boolean {
  return found === impatience.verdict || impatient.has(found);
}

/**
 * Whether an error says that a call was made, and given too little time by who made it. A call that was not even begun is
 * refused, and stays so: it says nothing of the dependency, whoever's limit it was.
 */
export function isOutOfTime(error: unknown): error is CallTimeoutError {
  return isOurs(error, 'CALL_TIMEOUT') && (error as CallTimeoutError).limitedBy === 'caller';
}

/** Whether a limit that was made of this deadline may have ended by now. */
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

/** Whether somebody ran out of time who was told what the caller had left: a driver, or a service. */
function isAtCallersLimit(call: Call<unknown>, error: unknown, { kind, rule }: Classification): boolean {
  if (call.limitedTo === undefined || call.isLimitedByChain) return false;
  if (kind !== 'timeout' && rule !== GATEWAY_TIMEOUT) return false;
  // A timeout policy knows whose limit it kept.
  return !isOurs(error, 'CALL_TIMEOUT') && isReached(call.deadline, call.host.clock.now());
}

/** Verdicts that would have counted, had the limit not been the caller's. */
const impatient = new WeakSet<Classification>();

function neutral(found: Classification): Classification {
  if (!found.countsAgainstBreaker) return found;
  const verdict: Classification = { ...found, kind: 'timeout', scope: 'request', countsAgainstBreaker: false };
  impatient.add(verdict);
  return verdict;
}
