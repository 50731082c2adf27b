import type { Attempt } from './attempts.ts';
import type { ClassifyContext } from './classification.ts';
import type { StopReason, PolicyEvent } from './events.ts';
import { addFrames, type CallSite } from './frames.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';
import type { Lineage } from './lineage.ts';
import type { Policy } from './policy.ts';
import type { StreamProgress } from './stream-progress.ts';

/** What an operation may know about the call that it serves. Nobody changes one; policies derive new ones. */
export interface CallContext {
  /** Aborts when the caller gives up or a timeout expires. Made when first read. */
  readonly signal: AbortSignal;
  /** Clock reading after which the result is of no use; `Infinity` when unbounded. */
  readonly deadline: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Low-cardinality label such as `students.find`; the pipeline's name unless given. */
  readonly key: string;
  /** Request id, actor and the like; passed on untouched to operations and events. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether this call may run twice, where the caller knows; otherwise the policies' own settings decide. */
  readonly idempotent?: boolean | undefined;
}

/** The work to be guarded. It may throw at once and may answer without a promise. */
export type Operation<T> = (context: CallContext) => T | PromiseLike<T>;

/** The rest of the pipeline, as one policy sees it. */
export type Next<T> = (call: Call<T>) => Promise<T>;

/** What `executeOutcome` wants to know afterwards. Written by policies, one object per call. */
export interface Trace {
  attempts: number;
  waitedMs: number;
  fromFallback: boolean;
  stoppedBy: StopReason | undefined;
  /** The attempts of the outermost retry that has given up. */
  attemptList: readonly Attempt[] | undefined;
}

/** Where calls get time and chance from, what they are called, and the chain that they go through. */
export class Executor {
  readonly name: string;
  readonly host: Host;
  /** Linked for all operations; what comes out of it is what the operation answers. */
  readonly first: Next<unknown>;
  /** What the chain is linked of, outermost first: all of them are around the operation. */
  readonly policies: readonly Policy<unknown>[];
  /** Whether errors of ours get the frames of who made the call. */
  readonly stackTraces: boolean;

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
    this.stackTraces = stackTraces;
  }
}

/** What most calls do not have. */
export interface CallExtras {
  /** What can abort the whole call: the signal that its caller gave or it inherited; nothing where none did. */
  readonly callerSignal: LazySignal | undefined;
  /** The deadline that the caller gave or it inherited; nothing when unbounded. */
  readonly callerDeadline: number | undefined;
  /** With what a limit of this chain ended the call, the last one of several attempts. Written by the policy. */
  expiredWith: unknown;
  readonly key: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  readonly idempotent: boolean | undefined;
  readonly trace: Trace | undefined;
  /** Whether it knows its parent by a context that was handed over, and not because it began inside of its operation. */
  readonly isHandedOver: boolean;
  /** Whether several callers wait for it, so that it is under none of their limits. */
  readonly isForAll: boolean;
  /** From where it was made, if errors are to tell. */
  readonly site: CallSite | undefined;
  /** Only where the operation answers a stream. */
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
 * One trip through a pipeline. It carries the operation, so that the chain of policies can be linked once, and it is
 * the only object that a call needs; hence what is usual is left out and not stored, and its fields are public: private
 * ones cost a multiple to make.
 */
export class Call<T> implements CallContext, Lineage {
  readonly operation: Operation<T>;
  readonly attempt: number;
  readonly executor: Executor;
  readonly extras: CallExtras | undefined;
  /** The deadline; nothing when unbounded. */
  readonly limitedTo: number | undefined;
  /** What can abort this call; nothing where nothing can. Made at the latest when the signal is read. */
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

  /** How far its stream has got; nothing where the operation answers once. */
  get stream(): StreamProgress | undefined {
    return this.extras?.stream;
  }

  get deadline(): number {
    return this.limitedTo ?? Infinity;
  }

  /** The deadline that the caller of this pipeline gave or it inherited; `Infinity` when he set none. */
  get callerDeadline(): number {
    return this.extras?.callerDeadline ?? Infinity;
  }

  /** Whether a limit of this chain comes before what the caller has left. */
  get isLimitedByChain(): boolean {
    return this.limitedTo !== undefined && this.limitedTo < this.callerDeadline;
  }

  /** Whether the caller of this pipeline has left, and that is what ended the call: no limit of this chain was first. */
  get isCallerGone(): boolean {
    const callerSignal = this.extras?.callerSignal;
    // Several signals above each other abort together; then they name the same one.
    return callerSignal?.aborted === true && this.lazySignal?.origin === callerSignal.origin;
  }

  /** Whether several callers wait for it, so that it is under none of their limits. */
  get isForAll(): boolean {
    return this.extras?.isForAll === true;
  }

  get signal(): AbortSignal {
    return (this.lazySignal ??= new LazySignal(undefined)).signal;
  }

  /** Whether anything can abort this call; false saves making a signal. */
  get canAbort(): boolean {
    return this.lazySignal !== undefined;
  }

  /** Why it was aborted, if it was. */
  get abortReason(): unknown {
    return this.lazySignal?.reason;
  }

  /** Whether the caller has left or an outer limit has expired. Makes no signal. */
  get aborted(): boolean {
    return this.lazySignal?.aborted ?? false;
  }

  /** The same call, tried again. */
  withAttempt(attempt: number): Call<T> {
    return this.#derived(this.lazySignal, this.limitedTo, attempt);
  }

  /** The same call under a tighter limit: a signal of its own, an earlier deadline, or both. */
  withLimit(signal: AbortSignal | LazySignal, deadline: number): Call<T> {
    const lazySignal = signal instanceof LazySignal ? signal : LazySignal.of(signal);
    return this.#derived(lazySignal, Math.min(deadline, this.deadline), this.attempt);
  }

  /**
   * The same call on behalf of several callers: under none of their limits, and with an outcome of its own.
   *
   * @param callers aborts when the callers have decided so; `lazySignal` aborts with it, or alone for any other reason
   */
  onBehalfOfAll(lazySignal: LazySignal, callers: LazySignal, trace: Trace): Call<T> {
    const { operation, executor, extras, attempt } = this;
    const shared = { ...(extras ?? noExtras), callerSignal: callers, callerDeadline: undefined, trace, isForAll: true };
    return new Call(operation, executor, shared, lazySignal, undefined, attempt, this);
  }

  /** The same call as one of several attempts at its stream. */
  withStream(stream: StreamProgress): Call<T> {
    const extras = this.extras === undefined ? undefined : { ...this.extras, stream };
    return new Call(this.operation, this.executor, extras, this.lazySignal, this.limitedTo, this.attempt, this);
  }

  /** The same call to be handed on under another name, or with what else is known of it. */
  handedOn(key: string, idempotent: boolean | undefined, lazySignal: LazySignal | undefined): Call<T> {
    const extras = { ...(this.extras ?? noExtras), key, idempotent };
    return new Call(this.operation, this.executor, extras, lazySignal, this.limitedTo, this.attempt, this);
  }

  /** What a classifier should know of this call. */
  classifyContext(): ClassifyContext | undefined {
    return this.aborted ? { signal: this.signal } : undefined;
  }

  /** An error of ours, with the frames of who made this call if they are asked for. */
  framed<E extends Error>(error: E): E {
    const site = this.extras?.site;
    if (site !== undefined) addFrames(error, site);
    return error;
  }

  /** Tells whoever listens. Build the event only if `listening`. */
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
