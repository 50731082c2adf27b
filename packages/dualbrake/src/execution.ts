import { ambientContext } from './ambient.ts';
import { Call, type CallContext, type Executor, type Next, type Operation, type Trace } from './call.ts';
import { optionsOf, type CallOptions } from './call-options.ts';
import type { Classification } from './classification.ts';
import { classify } from './classify/classify.ts';
import { CircuitBreakerOpenError, DeadlineExceededError } from './errors.ts';
import type { StopReason } from './events.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
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
}

/** Runs an operation through a chain. @see Pipeline.execute */
export function execute<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | AbortSignal | undefined,
  trace?: Trace,
): Promise<T> {
  const ambient = ambientContext()?.current();
  if (given === undefined && ambient === undefined && trace === undefined) {
    return start(new Call(operation, executor, undefined, undefined, undefined, 1), executor.first as Next<T>);
  }
  return executeWith(executor, operation, given, ambient, trace);
}

/** The same for a call of which more is known. */
export function executeWith<T>(
  executor: Executor,
  operation: Operation<T>,
  options: CallOptions | AbortSignal | undefined,
  ambient: CallContext | undefined,
  trace: Trace | undefined,
  stream?: BeginningStream,
): Promise<T> {
  const { name, host } = executor;
  const given = optionsOf(options);
  const lazySignal = signalOf(given) ?? signalOf(ambient);
  const deadline = Math.min(
    given?.deadline ?? deadlineOf(ambient, host),
    host.clock.now() + (given?.withinMs ?? Infinity),
  );
  if (lazySignal?.aborted === true) return Promise.reject(lazySignal.reason);
  const isBounded = deadline !== Infinity;
  if (isBounded && host.clock.now() >= deadline) return Promise.reject(new DeadlineExceededError(name));
  const extras = {
    key: given?.key,
    attributes: given?.attributes ?? ambient?.attributes,
    idempotent: given?.idempotent ?? ambient?.idempotent,
    trace,
    stream,
  };
  const limitedTo = isBounded ? deadline : undefined;
  const ownSignal = stream === undefined ? lazySignal : stream.limitedBy(lazySignal, limitedTo, host.clock);
  const call = new Call(operation, executor, extras, ownSignal, limitedTo, 1);
  return start(call, executor.first as Next<T>);
}

/** The same, but never throws. */
export async function executeOutcome<T>(
  executor: Executor,
  operation: Operation<T>,
  given: CallOptions | AbortSignal | undefined,
): Promise<Outcome<T>> {
  const trace: Trace = { attempts: 0, waitedMs: 0, fromFallback: false, stoppedBy: undefined };
  try {
    const value = await execute(executor, operation, given, trace);
    const { attempts, waitedMs, fromFallback } = trace;
    return { ok: true, value, attempts, waitedMs, fromFallback };
  } catch (error) {
    const signal = optionsOf(given)?.signal;
    const classification = classify(error, signal === undefined ? undefined : { signal });
    const { attempts, waitedMs, fromFallback } = trace;
    const stoppedBy = trace.stoppedBy ?? stopReasonOf(error, classification);
    const facts: OutcomeFacts = {
      attempts,
      waitedMs,
      fromFallback,
      ...(stoppedBy === undefined ? {} : { stoppedBy }),
    };
    return { ok: false, error, classification, ...facts };
  }
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
function deadlineOf(ambient: CallContext | undefined, { clock }: Host): number {
  if (ambient === undefined || ambient.deadline === Infinity) return Infinity;
  if (!(ambient instanceof Call) || ambient.host.clock === clock) return ambient.deadline;
  return clock.now() + (ambient.deadline - ambient.host.clock.now());
}

function stopReasonOf(error: unknown, classification: Classification): StopReason | undefined {
  if (error instanceof CircuitBreakerOpenError) return 'circuit-open';
  if (classification.class === 'cancelled') return 'aborted';
  if (error instanceof DeadlineExceededError) return 'deadline';
  return classification.class === 'refused' ? 'refused' : undefined;
}
