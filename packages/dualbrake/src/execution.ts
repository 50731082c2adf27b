import { ambientContext } from './ambient.ts';
import { isOurs } from './brand.ts';
import { Call, type CallContext, type Executor, type Next, type Operation, type Trace } from './call.ts';
import { mustBeNear, optionsOf, type CallOptions } from './call-options.ts';
import type { Classification } from './classification.ts';
import { classify } from './classify/classify.ts';
import { DeadlineExceededError } from './errors.ts';
import type { StopReason } from './events.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
import { classifyCall, isOutOfTime } from './limits.ts';
import { rejected } from './rejected.ts';

/** How a call ended, without throwing. */
export type Outcome<T> = OutcomeFacts &
  (
    | { readonly ok: true; readonly value: T; readonly error?: undefined; readonly classification?: undefined }
    | {
        readonly ok: false;
        readonly value?: undefined;
        readonly error: unknown;
        readonly classification: Classification;
      }
  );

/** What is known of a call that has ended. */
export interface OutcomeFacts {
  /** How often the operation was called; 0 when a policy refused the call. */
  readonly attempts: number;
  /** Milliseconds spent waiting between attempts. */
  readonly waitedMs: number;
  readonly fromFallback: boolean;
  /** Why it was not tried again; absent after success. */
  readonly stoppedBy?: StopReason;
}

/** Runs an operation through a chain. @see Pipeline.execute */
export function execute<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | AbortSignal | undefined,
): Promise<T> {
  const ambient = ambientContext()?.current();
  const next = executor.first as Next<T>;
  if (given === undefined && ambient === undefined) {
    return start(new Call(operation, executor, undefined, undefined, undefined, 1), next);
  }
  try {
    const options = optionsOf(given, executor);
    const call = callOf(executor, operation, options, ambient, undefined);
    mayStart(call, options);
    return start(call, next);
  } catch (error) {
    return rejected(error);
  }
}

/** The same, but never throws. */
export async function executeOutcome<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | AbortSignal | undefined,
): Promise<Outcome<T>> {
  const trace: Trace = { attempts: 0, waitedMs: 0, fromFallback: false, stoppedBy: undefined };
  let call: Call<T> | undefined;
  try {
    const options = optionsOf(given, executor);
    call = callOf(executor, operation, options, ambientContext()?.current(), trace);
    mayStart(call, options);
    const value = await start(call, executor.first as Next<T>);
    const { attempts, waitedMs, fromFallback } = trace;
    return { ok: true, value, attempts, waitedMs, fromFallback };
  } catch (error) {
    const classification = classifyCall(classify, error, call);
    const { attempts, waitedMs, fromFallback } = trace;
    const stoppedBy = trace.stoppedBy ?? stopReasonOf(error, classification, call);
    const facts: OutcomeFacts = {
      attempts,
      waitedMs,
      fromFallback,
      ...(stoppedBy === undefined ? {} : { stoppedBy }),
    };
    return { ok: false, error, classification, ...facts };
  }
}

/**
 * A call of which more is known: what its caller says, and where he says nothing, what it inherits.
 *
 * @param given checked
 */
export function callOf<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | undefined,
  ambient: CallContext | undefined,
  trace: Trace | undefined,
): Call<T> {
  const { host } = executor;
  const callerSignal = signalOf(given) ?? signalOf(ambient);
  const deadline = deadlineOf(given, host) ?? deadlineOf(ambient, host) ?? Infinity;
  const limit = given?.withinMs === undefined ? deadline : Math.min(deadline, host.clock.now() + given.withinMs);
  const callerDeadline = limit === Infinity ? undefined : limit;
  const extras = {
    callerSignal,
    callerDeadline,
    expiredWith: undefined,
    key: given?.key,
    attributes: given?.attributes ?? ambient?.attributes,
    idempotent: given?.idempotent ?? ambient?.idempotent,
    trace,
  };
  return new Call(operation, executor, extras, callerSignal, callerDeadline, 1);
}

/**
 * @throws the signal's reason when the caller has left already; DeadlineExceededError when there is no time left;
 *   InvalidSettingsError when the deadline is no reading of the clock
 */
function mayStart(call: Call<unknown>, given: CallOptions | undefined): void {
  const { limitedTo, executor } = call;
  if (limitedTo !== undefined) {
    const now = executor.host.clock.now();
    mustBeNear(given, limitedTo, now, executor);
    if (now >= limitedTo && !call.aborted) throw new DeadlineExceededError(executor.name);
  }
  if (call.aborted) throw call.abortReason;
}

/** Goes on with the rest of the chain. Only a custom policy that is no async function throws at once. */
export function start<T>(call: Call<T>, next: Next<T>): Promise<T> {
  try {
    return next(call);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The end of every chain: a synchronous throw becomes a rejection, and a thenable a promise. */
export function invoke<T>(call: Call<T>): Promise<T> {
  const { operation, trace } = call;
  if (trace !== undefined) trace.attempts += 1;
  const ambient = ambientContext();
  try {
    // A native promise is passed on as it is.
    return Promise.resolve(ambient === undefined ? operation(call) : ambient.run(call, operation));
  } catch (error) {
    return Promise.reject(error);
  }
}

function signalOf(context: CallOptions | undefined): LazySignal | undefined {
  if (context instanceof Call) return context.lazySignal;
  const signal = context?.signal;
  return signal === undefined ? undefined : LazySignal.of(signal);
}

/** Deadlines are readings of a clock; one from a pipeline with another clock is translated. */
function deadlineOf(context: CallOptions | undefined, { clock }: Host): number | undefined {
  if (!(context instanceof Call) || context.limitedTo === undefined || context.host.clock === clock) {
    return context?.deadline;
  }
  return clock.now() + (context.limitedTo - context.host.clock.now());
}

function stopReasonOf(
  error: unknown,
  classification: Classification,
  call: Call<unknown> | undefined,
): StopReason | undefined {
  if (isOurs(error, 'CIRCUIT_OPEN')) return 'circuit-open';
  if (classification.class === 'cancelled' || call?.isCallerGone === true) return 'aborted';
  if (isOurs(error, 'DEADLINE_EXCEEDED') || isOutOfTime(error)) return 'deadline';
  return classification.class === 'refused' ? 'refused' : undefined;
}
