import { ambientContext } from './ambient.ts';
import type { Attempt } from './attempts.ts';
import { isOurs } from './brand.ts';
import { Call, type CallContext, type Executor, type Next, type Operation, type Trace } from './call.ts';
import { mustBeNear, optionsOf, type CallOptions } from './call-options.ts';
import type { Classification } from './classification.ts';
import { classify } from './classify/classify.ts';
import { common } from './copies.ts';
import { DeadlineExceededError, InvalidSettingsError } from './errors.ts';
import type { StopReason } from './events.ts';
import { callSite } from './frames.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
import { classifyCall, isOutOfTime } from './limits.ts';
import { parentCall } from './lineage.ts';
import { rejected } from './rejected.ts';
import type { BeginningStream } from './stream-progress.ts';

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
  /**
   * The attempts of a call that failed, oldest first, as the outermost retry of the pipeline made them; absent after
   * success and without a retry. Unlike `attemptsOf(error)`, it is exact where several calls fail with the same error
   * object.
   */
  readonly attemptList?: readonly Attempt[];
}

/** Runs an operation through a chain. @see Pipeline.execute */
export function execute<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | AbortSignal | undefined,
): Promise<T> {
  const ambient = ambientContext()?.current();
  const next = executor.first as Next<T>;
  if (given === undefined && ambient === undefined && !executor.stackTraces) {
    const parent = common.calling === undefined ? undefined : parentCall(undefined, undefined);
    return start(new Call(operation, executor, undefined, undefined, undefined, 1, parent), next);
  }
  try {
    const call = callOf(executor, operation, given, ambient, undefined);
    mayStart(call, given);
    return start(call, next);
  } catch (error) {
    return rejected(error);
  }
}

/** The same for a call whose operation iterates a stream. */
export function beginStream(
  executor: Executor,
  operation: Operation<unknown>,
  given: CallOptions | AbortSignal | undefined,
  stream: BeginningStream,
): Promise<unknown> {
  try {
    const options = optionsOf(given, executor);
    const call = callOf(executor, operation, options, ambientContext()?.current(), undefined, stream);
    mayStart(call, options);
    return start(call, executor.first);
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
  const trace: Trace = { attempts: 0, waitedMs: 0, fromFallback: false, stoppedBy: undefined, attemptList: undefined };
  let call: Call<T> | undefined;
  try {
    call = callOf(executor, operation, given, ambientContext()?.current(), trace);
    mayStart(call, given);
    const value = await start(call, executor.first as Next<T>);
    return { ok: true, value, ...factsOf(trace) };
  } catch (error) {
    const classification = classifyCall(classify, error, call);
    const stoppedBy = trace.stoppedBy ?? stopReasonOf(error, classification, call);
    const { attemptList } = trace;
    const told = {
      ...(stoppedBy === undefined ? {} : { stoppedBy }),
      ...(attemptList === undefined ? {} : { attemptList }),
    };
    return { ok: false, error, classification, ...factsOf(trace), ...told };
  }
}

function factsOf({ attempts, waitedMs, fromFallback }: Trace): OutcomeFacts {
  return { attempts, waitedMs, fromFallback };
}

/**
 * A call of which more is known: what its caller says, and where he says nothing, what it inherits.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function callOf<T>(
  executor: Executor,
  operation: Operation<T>,
  options: CallOptions | AbortSignal | undefined,
  ambient: CallContext | undefined,
  trace: Trace | undefined,
  stream?: BeginningStream,
): Call<T> {
  const given = optionsOf(options, executor);
  const { host } = executor;
  const givenSignal = signalOf(given) ?? signalOf(ambient);
  const deadline = deadlineOf(given, host) ?? deadlineOf(ambient, host) ?? Infinity;
  const limit = given?.withinMs === undefined ? deadline : Math.min(deadline, host.clock.now() + given.withinMs);
  const callerDeadline = limit === Infinity ? undefined : limit;
  const callerSignal = stream === undefined ? givenSignal : stream.limitedBy(givenSignal, callerDeadline, host.clock);
  const parent = parentCall(given, ambient);
  const extras = {
    callerSignal,
    callerDeadline,
    expiredWith: undefined,
    key: given?.key,
    attributes: given?.attributes ?? ambient?.attributes,
    idempotent: given?.idempotent ?? ambient?.idempotent,
    trace,
    isHandedOver: common.calling === undefined && parent !== undefined,
    site: executor.stackTraces ? callSite(callOf) : undefined,
    stream,
  };
  return new Call(operation, executor, extras, callerSignal, callerDeadline, 1, parent);
}

/**
 * @throws the signal's reason when the caller has left already; DeadlineExceededError when there is no time left;
 *   InvalidSettingsError when the deadline is no reading of the clock
 */
function mayStart(call: Call<unknown>, given: CallOptions | AbortSignal | undefined): void {
  const { limitedTo, executor } = call;
  if (limitedTo !== undefined) {
    const now = executor.host.clock.now();
    mustBeNear(given, limitedTo, now, executor);
    if (now >= limitedTo && !call.aborted) throw call.framed(new DeadlineExceededError(executor.name));
  }
  if (call.aborted) throw call.abortReason;
}

/** Goes on with the rest of the chain. A link that throws at once is a rejection like any other. */
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
  const { calling } = common;
  common.calling = call;
  try {
    const answer = ambient === undefined ? operation(call) : ambient.run(call, operation);
    const promise = Promise.resolve(answer);
    // A native promise is passed on as it is; what else an operation answers is rare enough to be looked at.
    if (promise !== answer && isGenerator(answer)) throw generatorIssue(call);
    return promise;
  } catch (error) {
    return Promise.reject(error);
  } finally {
    common.calling = calling;
  }
}

/** What a generator function answers. Nothing of its body has run, and it would run outside of all policies. */
function isGenerator(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  try {
    const { [Symbol.toStringTag]: tag } = answer as { readonly [Symbol.toStringTag]?: unknown };
    return tag === 'AsyncGenerator' || tag === 'Generator';
  } catch {
    // A getter or a proxy that does not answer: what the operation has answered all the same.
    return false;
  }
}

function generatorIssue({ operation, pipeline }: Call<unknown>): InvalidSettingsError {
  const name = operation.name === '' ? 'the operation' : `the operation "${operation.name}"`;
  return new InvalidSettingsError(`call of "${pipeline}"`, [
    `${name} answered a generator, none of which has run yet: execute() guards single answers, ` +
      'use executeStream() to guard each item to the end of the iteration',
  ]);
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
