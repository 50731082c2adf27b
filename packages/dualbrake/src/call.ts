import type { Attempt } from './attempts.ts';
import type { ClassifyContext } from './classification.ts';
import type { StopReason, PolicyEvent } from './events.ts';
import { addFrames, type CallSite } from './frames.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
import type { Lineage } from './lineage.ts';
import type { Policy } from './policy.ts';
import type { StreamProgress } from './stream-progress.ts';

/**
 * What an operation knows about the call it runs in. Immutable: policies derive new contexts.
 *
 * @example
 * ```ts
 * const readStudent = ({ signal, attempt }: CallContext): Promise<Student> => {
 *   if (attempt > 1) log.info(`attempt ${attempt}`);
 *   return database.getStudent(id, { signal });
 * };
 * await retry().execute(readStudent);
 * ```
 */
export interface CallContext {
  /** Aborts when the caller aborts or a timeout expires. Created when first read. */
  readonly signal: AbortSignal;
  /** Clock reading in milliseconds after which the result is no longer needed; `Infinity` without a deadline. */
  readonly deadline: number;
  /** Number of the attempt, starting at 1. */
  readonly attempt: number;
  /** Low-cardinality label such as `students.find`. Default: the pipeline's name. */
  readonly key: string;
  /** Request ID, actor and the like. Passed unchanged to operations and events. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether it is safe to run this call twice. If absent, each policy's own setting decides. */
  readonly idempotent?: boolean | undefined;
}

/**
 * The function that a pipeline or policy runs. It may throw synchronously and may return a plain value.
 *
 * @example
 * ```ts
 * const readStudent: Operation<Student> = ({ signal }) => database.getStudent(id, { signal });
 * const student = await timeout({ limitMs: 500 }).execute(readStudent);
 * ```
 */
export type Operation<T> = (context: CallContext) => T | PromiseLike<T>;

/**
 * Runs the rest of the pipeline: the policies further in, then the operation. Passed to `Policy.run`.
 *
 * @example
 * ```ts
 * const runTwice = async <T>(call: Call<T>, next: Next<T>): Promise<T> => {
 *   await next(call);
 *   return next(call.withAttempt(2));
 * };
 * ```
 */
export type Next<T> = (call: Call<T>) => Promise<T>;

/** The facts that `executeOutcome` reports. Written by policies, one object per call. */
export interface Trace {
  attempts: number;
  waitedMs: number;
  fromFallback: boolean;
  stoppedBy: StopReason | undefined;
  /** The attempts of the outermost retry that gave up. */
  attemptList: readonly Attempt[] | undefined;
}

/** What all calls of a pipeline share: its name, its host and its chain of policies. */
export class Executor {
  readonly name: string;
  readonly host: Host;
  /** The start of the chain, linked once for all operations. Resolves to the operation's result. */
  readonly first: Next<unknown>;
  /** Whether errors of ours get the frames of who made the call. */
  readonly stackTraces: boolean;

  /** The policies of the chain, outermost first; all of them are around the operation. */
  readonly policies: readonly Policy<unknown>[];
  /** Whether a retry is among them. */
  readonly repeats: boolean;
  /** Whether one of them has a gate. */
  readonly isGated: boolean;

  constructor(
    name: string,
    host: Host,
    first: Next<unknown>,
    policies: readonly Policy<unknown>[],
    stackTraces: boolean = host.stackTraces,
  ) {
    this.name = name;
    this.host = host;
    this.first = first;
    this.policies = policies;
    this.repeats = policies.some(({ kind }) => kind === 'retry');
    this.isGated = policies.some((policy) => 'gate' in policy);
    this.stackTraces = stackTraces;
  }
}

/** Fields that most calls don't need. */
export interface CallExtras {
  /** The signal that aborts the whole call: passed by the caller or inherited. */
  readonly callerSignal: LazySignal | undefined;
  /** The deadline of the whole call: set by the caller or inherited. `undefined` without one. */
  readonly callerDeadline: number | undefined;
  /** The error with which a limit of this chain ended the call, or the last of its attempts. Written by the policy. */
  expiredWith: unknown;
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly idempotent: boolean | undefined;
  readonly trace: Trace | undefined;
  /** Whether the parent is known from a context passed in, and not because the call started inside of the parent's operation. */
  readonly isHandedOver: boolean;
  /** Whether several callers wait for it, so that it is under none of their limits. */
  readonly isForAll: boolean;
  /** From where it was made, if errors are to tell. */
  readonly site: CallSite | undefined;
  /** Only for `executeStream`. */
  readonly stream: StreamProgress | undefined;
}

const noExtras: CallExtras = Object.freeze({
  callerSignal: undefined,
  callerDeadline: undefined,
  expiredWith: undefined,
  key: undefined,
  attributes: undefined,
  idempotent: undefined,
  trace: undefined,
  isHandedOver: false,
  isForAll: false,
  site: undefined,
  stream: undefined,
});

const noAttributes: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * One call on its way through a pipeline: the context that operations receive, and what policies need in addition.
 *
 * It carries the operation, so the chain of policies is linked only once. It is the only object allocated per call, so defaults are
 * not stored, and the fields are public: private fields are several times slower to initialize.
 *
 * @example
 * ```ts
 * const logged: Policy = {
 *   name: 'logged',
 *   run<T>(call: Call<T>, next: Next<T>): Promise<T> {
 *     log.info(`${call.pipeline}: attempt ${call.attempt} of ${call.key}`);
 *     return next(call);
 *   },
 * };
 * await pipeline('students', [retry(), logged]).execute(() => database.getStudent(id));
 * ```
 */
export class Call<T> implements CallContext, Lineage {
  readonly operation: Operation<T>;
  readonly attempt: number;
  readonly executor: Executor;
  readonly extras: CallExtras | undefined;
  /** The deadline; `undefined` without one. */
  readonly limitedTo: number | undefined;
  /** Aborts this call; `undefined` if nothing can. Created at the latest when `signal` is read. */
  lazySignal: LazySignal | undefined;
  /** @see Lineage.within */
  readonly within: Lineage | undefined;

  constructor(
    operation: Operation<T>,
    executor: Executor,
    extras: CallExtras | undefined,
    lazySignal: LazySignal | undefined,
    deadline: number | undefined,
    attempt: number,
    within: Lineage | undefined,
  ) {
    this.operation = operation;
    this.attempt = attempt;
    this.executor = executor;
    this.extras = extras;
    this.limitedTo = deadline;
    this.lazySignal = lazySignal;
    this.within = within;
  }

  get host(): Host {
    return this.executor.host;
  }

  /** Name of the pipeline. */
  get pipeline(): string {
    return this.executor.name;
  }

  get key(): string {
    return this.extras?.key ?? this.executor.name;
  }

  get attributes(): Readonly<Record<string, unknown>> {
    return this.extras?.attributes ?? noAttributes;
  }

  get idempotent(): boolean | undefined {
    return this.extras?.idempotent;
  }

  get trace(): Trace | undefined {
    return this.extras?.trace;
  }

  /** Progress of the stream; `undefined` except for `executeStream`. */
  get stream(): StreamProgress | undefined {
    return this.extras?.stream;
  }

  get deadline(): number {
    return this.limitedTo ?? Infinity;
  }

  /** The deadline that the caller of this pipeline set or inherited; `Infinity` without one. */
  get callerDeadline(): number {
    return this.extras?.callerDeadline ?? Infinity;
  }

  /** Whether a limit of this chain ends the call before the caller's deadline does. */
  get isLimitedByChain(): boolean {
    return this.limitedTo !== undefined && this.limitedTo < this.callerDeadline;
  }

  /** Whether the caller of this pipeline ended the call, before any limit of this chain did. */
  get isCallerGone(): boolean {
    const callerSignal = this.extras?.callerSignal;
    // Nested signals abort together; comparing their origins tells which one was first.
    return callerSignal?.aborted === true && this.lazySignal?.origin === callerSignal.origin;
  }

  /** Whether several callers wait for it, so that it is under none of their limits. */
  get isForAll(): boolean {
    return this.extras?.isForAll === true;
  }

  get signal(): AbortSignal {
    return (this.lazySignal ??= new LazySignal(undefined)).signal;
  }

  /** Whether anything can abort this call. If not, don't read `signal`, which would create one. */
  get canAbort(): boolean {
    return this.lazySignal !== undefined;
  }

  /** The abort reason; `undefined` if the call was not aborted. */
  get abortReason(): unknown {
    return this.lazySignal?.reason;
  }

  /** Whether the caller has aborted or an outer limit has expired. Doesn't create a signal. */
  get aborted(): boolean {
    return this.lazySignal?.aborted ?? false;
  }

  /** The same call as another attempt. */
  withAttempt(attempt: number): Call<T> {
    return this.#derived(this.lazySignal, this.limitedTo, attempt);
  }

  /** The same call under a tighter limit: a signal of its own, an earlier deadline, or both. */
  withLimit(signal: AbortSignal | LazySignal, deadline: number): Call<T> {
    const lazySignal = signal instanceof LazySignal ? signal : LazySignal.of(signal);
    return this.#derived(lazySignal, Math.min(deadline, this.deadline), this.attempt);
  }

  /**
   * The same call on behalf of several callers, without their limits and with its own outcome.
   *
   * @param lazySignal aborts with `callers`, or for any other reason
   * @param callers aborts when the callers have aborted
   */
  onBehalfOfAll(lazySignal: LazySignal, callers: LazySignal, trace: Trace): Call<T> {
    const { operation, executor, extras, attempt } = this;
    const shared = { ...(extras ?? noExtras), callerSignal: callers, callerDeadline: undefined, trace, isForAll: true };
    return new Call(operation, executor, shared, lazySignal, undefined, attempt, this);
  }

  /** The same call as one of several attempts to open its stream. */
  withStream(stream: StreamProgress): Call<T> {
    const extras = this.extras === undefined ? undefined : { ...this.extras, stream };
    return new Call(this.operation, this.executor, extras, this.lazySignal, this.limitedTo, this.attempt, this);
  }

  /** The same call to be passed on with another key, `idempotent` or signal. */
  handedOn(key: string, idempotent: boolean | undefined, lazySignal: LazySignal | undefined): Call<T> {
    const extras = { ...(this.extras ?? noExtras), key, idempotent };
    return new Call(this.operation, this.executor, extras, lazySignal, this.limitedTo, this.attempt, this);
  }

  /** The context for a classifier. */
  classifyContext(): ClassifyContext | undefined {
    return this.aborted ? { signal: this.signal } : undefined;
  }

  /** The same error, with the stack frames of the code that made this call if `stackTraces` is on. */
  framed<E extends Error>(error: E): E {
    const site = this.extras?.site;
    if (site !== undefined) addFrames(error, site);
    return error;
  }

  /** Publishes an event. Build the event only if `listening`. */
  emit(policy: string, event: PolicyEvent): void {
    const { host, pipeline, key, attributes } = this;
    host.publish({ ...event, at: host.clock.now(), pipeline, policy, key, attributes });
  }

  get listening(): boolean {
    return this.executor.host.listening;
  }

  #derived(lazySignal: LazySignal | undefined, deadline: number | undefined, attempt: number): Call<T> {
    return new Call(this.operation, this.executor, this.extras, lazySignal, deadline, attempt, this);
  }
}
