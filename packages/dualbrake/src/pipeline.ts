import { ambientContext } from './ambient.ts';
import { Call, type CallContext, type Next, type Operation, type Trace } from './call.ts';
import type { Classification } from './classification.ts';
import { classify } from './classify/classify.ts';
import { CircuitBreakerOpenError, DeadlineExceededError, InvalidSettingsError } from './errors.ts';
import type { StopReason } from './events.ts';
import { hostOf, type Host, type HostOptions } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
import type { Policy } from './policy.ts';
import { checkOptions } from './settings.ts';

/** What a pipeline may list: policies, and pipelines, which stand for their own policies. */
export type Layer = Policy<unknown> | Policy<never> | Pipeline<unknown> | Pipeline<never>;

/** What a layer may answer instead of the operation. */
export type FallbackOf<L> =
  L extends Pipeline<infer F> ? F : L extends { readonly $fallback?: infer F } ? Exclude<F, undefined> : never;

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

/** A named list of policies, outermost first, that executes operations. */
export class Pipeline<F = never> {
  readonly name: string;
  readonly policies: readonly Policy<unknown>[];
  /** For the compiler only, never set. */
  declare readonly $fallback?: F;
  readonly #host: Host;
  readonly #first: Next<unknown>;

  /** Use `pipeline()` or `registry.pipeline()`, which know the type of the fallback. */
  constructor(name: string, layers: readonly Layer[], host: Host) {
    this.name = name;
    this.policies = layers.flatMap((layer) => (layer instanceof Pipeline ? layer.policies : [layer]));
    this.#host = host;
    checkLayers(name, this.policies);
    for (const policy of this.policies) policy.attach?.(host);
    this.#first = this.policies.reduceRight<Next<unknown>>(
      // The last policy gets `invoke` itself. A policy returns what comes out, hence the one cast of the chain.
      (next, policy) => (call) => policy.run(call, next),
      invoke,
    );
  }

  /**
   * Runs the operation through all policies.
   *
   * @param context what the caller knows; what is missing comes from the ambient context, if one is installed
   * @returns what the operation answers, or the fallback's answer
   * @throws the operation's own error, as it is; the signal's reason if the caller has already left;
   *   DeadlineExceededError if the deadline has passed; what the policies throw
   */
  execute<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<T | F> {
    return this.#start(operation, context, undefined);
  }

  /** The same as `execute`, but never throws. */
  async executeOutcome<T>(operation: Operation<T>, context?: Partial<CallContext>): Promise<Outcome<T | F>> {
    const trace: Trace = { attempts: 0, waitedMs: 0, fromFallback: false, stoppedBy: undefined };
    try {
      const value = await this.#start(operation, context, trace);
      const { attempts, waitedMs, fromFallback } = trace;
      return { ok: true, value, attempts, waitedMs, fromFallback };
    } catch (error) {
      const signal = context?.signal;
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

  /** A guarded function: the context comes first, the arguments follow. */
  wrap<A extends unknown[], T>(
    work: (context: CallContext, ...args: A) => T | PromiseLike<T>,
  ): (context: Partial<CallContext>, ...args: A) => Promise<T | F> {
    return (context, ...args) => this.execute((current) => work(current, ...args), context);
  }

  #start<T>(
    operation: Operation<T>,
    given: Partial<CallContext> | undefined,
    trace: Trace | undefined,
  ): Promise<T | F> {
    const { clock } = this.#host;
    const ambient = ambientContext()?.current();
    const lazySignal = signalOf(given) ?? signalOf(ambient) ?? LazySignal.of(undefined);
    const deadline = given?.deadline ?? this.#deadlineOf(ambient);
    if (lazySignal.aborted) return Promise.reject(lazySignal.reason);
    if (deadline !== Infinity && clock.now() >= deadline) return Promise.reject(new DeadlineExceededError(this.name));
    const origin = {
      operation,
      host: this.#host,
      pipeline: this.name,
      key: given?.key ?? this.name,
      attributes: given?.attributes ?? ambient?.attributes ?? noAttributes,
      trace,
    };
    try {
      return this.#first(new Call(origin, lazySignal, deadline, 1)) as Promise<T | F>;
    } catch (error) {
      // Only a custom policy that is no async function comes here.
      return Promise.reject(error);
    }
  }

  /** Deadlines are readings of a clock; one from a pipeline with another clock is translated. */
  #deadlineOf(ambient: CallContext | undefined): number {
    if (ambient === undefined || ambient.deadline === Infinity) return Infinity;
    const { clock } = this.#host;
    if (!(ambient instanceof Call) || ambient.host.clock === clock) return ambient.deadline;
    return clock.now() + (ambient.deadline - ambient.host.clock.now());
  }
}

/**
 * Composes policies, outermost first.
 *
 * @param name shown to people and on metrics; low cardinality
 * @throws InvalidSettingsError when two layers have the same name, or something is no layer
 */
export function pipeline<const L extends readonly Layer[]>(
  name: string,
  layers: L,
  options: HostOptions = {},
): Pipeline<FallbackOf<L[number]>> {
  checkOptions(`pipeline "${name}"`, options, {}, { clock: 'clock', random: 'function', onEvent: 'function' });
  return new Pipeline(name, layers, hostOf(options));
}

const noAttributes: Readonly<Record<string, unknown>> = Object.freeze({});

/** The end of every chain. An async function turns a synchronous throw into a rejection and adopts thenables. */
async function invoke<T>(call: Call<T>): Promise<T> {
  const { trace, operation } = call.origin;
  if (trace !== undefined) trace.attempts += 1;
  const ambient = ambientContext();
  return ambient === undefined ? operation(call) : ambient.run(call, () => operation(call));
}

function signalOf(context: Partial<CallContext> | undefined): LazySignal | undefined {
  if (context instanceof Call) return context.lazySignal;
  const signal = context?.signal;
  return signal === undefined ? undefined : LazySignal.of(signal);
}

function stopReasonOf(error: unknown, classification: Classification): StopReason | undefined {
  if (error instanceof CircuitBreakerOpenError) return 'circuit-open';
  if (classification.class === 'cancelled') return 'aborted';
  if (error instanceof DeadlineExceededError) return 'deadline';
  return classification.class === 'refused' ? 'refused' : undefined;
}

function checkLayers(name: string, policies: readonly Policy<unknown>[]): void {
  const issues: string[] = [];
  const names = new Set<string>();
  for (const policy of policies) {
    if (typeof policy?.run !== 'function' || typeof policy.name !== 'string') {
      issues.push('each layer must be a policy (name and run) or a pipeline');
    } else if (names.has(policy.name)) {
      issues.push(`two layers are named '${policy.name}': give one of them a name of its own`);
    } else names.add(policy.name);
  }
  if (typeof name !== 'string' || name === '') issues.push('name must be a non-empty string');
  if (issues.length > 0) throw new InvalidSettingsError(`pipeline "${name}"`, issues);
}
