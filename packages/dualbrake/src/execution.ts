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
import { parentCall, tellParent } from './lineage.ts';
import { queues } from './policy.ts';
import { rejected } from './rejected.ts';
import type { BeginningStream } from './stream-progress.ts';

/**
 * The result of `executeOutcome`: a value or an error, and what is known about the call.
 *
 * @example
 * ```ts
 * const outcome: Outcome<Student> = await retry().executeOutcome(() => database.getStudent(id));
 * if (outcome.ok) log.info(outcome.value.name);
 * else log.warn(`${outcome.classification.class} after ${outcome.attempts} attempts`);
 * ```
 */
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

/**
 * What is known about a call that has ended, whether it succeeded or not.
 *
 * @example
 * ```ts
 * const facts: OutcomeFacts = await retry().executeOutcome(() => database.getStudent(id));
 * if (facts.attempts > 1) log.info(`${facts.attempts} attempts, ${facts.waitedMs} ms between them`);
 * ```
 */
export interface OutcomeFacts {
  /** How often the operation was called; 0 when a policy refused the call. */
  readonly attempts: number;
  /** Milliseconds spent waiting between attempts. */
  readonly waitedMs: number;
  /** Whether the value came from a fallback. */
  readonly fromFallback: boolean;
  /** Why there was no further attempt. Absent after success. */
  readonly stoppedBy?: StopReason;
  /**
   * The attempts of the outermost retry of the pipeline, oldest first. Absent after success and without a retry. Unlike
   * `attemptsOf(error)`, it is exact when several calls fail with the same error object.
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

/** Like `execute`, for a call whose operation iterates a stream. */
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

/** Like `execute`, but never rejects. */
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
 * A call with options. Options that the caller leaves out are inherited from the ambient context.
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
    isForAll: false,
    site: executor.stackTraces ? callSite(callOf) : undefined,
    stream,
  };
  return new Call(operation, executor, extras, callerSignal, callerDeadline, 1, parent);
}

/**
 * @throws the signal's reason when it has already aborted; DeadlineExceededError when the deadline has passed; InvalidSettingsError
 *   when the deadline is not a reading of the clock
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

/** Runs the rest of the chain. Turns a synchronous throw into a rejection. */
export function start<T>(call: Call<T>, next: Next<T>): Promise<T> {
  try {
    return next(call);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The end of every chain: runs the operation. Turns a synchronous throw into a rejection, and a thenable into a promise. */
export function invoke<T>(call: Call<T>): Promise<T> {
  if (call.trace !== undefined) call.trace.attempts += 1;
  const { executor } = call;
  // Inner retries need to know a call with a retry around them, and inner queues a call with a breaker.
  if (!executor.repeats && !(queues.exist && executor.isGated)) return invokePlainly(call);
  const { calling } = common;
  // A queue asks as soon as a call joins it.
  common.calling = queues.exist ? call : common.unasked;
  const answer = invokePlainly(call);
  if (common.calling !== common.unasked) tellParent(call);
  common.calling = calling;
  return answer;
}

function invokePlainly<T>(call: Call<T>): Promise<T> {
  const { operation } = call;
  const ambient = ambientContext();
  try {
    const answer = ambient === undefined ? operation(call) : ambient.run(call, operation);
    const promise = Promise.resolve(answer);
    // Most operations return a native promise, which is passed on unchecked. Everything else is rare enough to be checked.
    if (promise !== answer && isGenerator(answer)) throw generatorIssue(call);
    return promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Whether it is the result of a generator function. Its body has not started, and would run outside of all policies. */
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
    `${name} returned a generator, whose body has not run: execute() guards a single result, ` +
      'use executeStream() to guard every item until the iteration ends',
  ]);
}

function signalOf(context: CallOptions | undefined): LazySignal | undefined {
  if (context instanceof Call) return context.lazySignal;
  const signal = context?.signal;
  return signal === undefined ? undefined : LazySignal.of(signal);
}

/** A deadline is a reading of a clock: one from a pipeline with another clock is converted. */
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
