import type { ClassifyContext } from './classification.ts';
import type { StopReason, PolicyEvent } from './events.ts';
import type { Host } from './host.ts';
import { LazySignal } from './lazy-signal.ts';

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
}

/**
 * One trip through a pipeline. It carries the operation, so that the chain of policies can be linked once, and it is
 * the only object that a call needs.
 */
export class Call<T> implements CallContext {
  readonly operation: Operation<T>;
  readonly host: Host;
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly key: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly trace: Trace | undefined;
  readonly deadline: number;
  readonly attempt: number;
  readonly idempotent: boolean | undefined;
  #lazySignal: LazySignal | undefined;

  constructor(
    operation: Operation<T>,
    host: Host,
    pipeline: string,
    key: string,
    attributes: Readonly<Record<string, unknown>>,
    trace: Trace | undefined,
    lazySignal: LazySignal | undefined,
    deadline: number,
    attempt: number,
    idempotent: boolean | undefined,
  ) {
    this.operation = operation;
    this.host = host;
    this.pipeline = pipeline;
    this.key = key;
    this.attributes = attributes;
    this.trace = trace;
    this.deadline = deadline;
    this.attempt = attempt;
    this.idempotent = idempotent;
    this.#lazySignal = lazySignal;
  }

  get lazySignal(): LazySignal {
    return (this.#lazySignal ??= LazySignal.of(undefined));
  }

  get signal(): AbortSignal {
    return this.lazySignal.signal;
  }

  /** Whether anything can abort this call; false saves making a signal. */
  get canAbort(): boolean {
    return this.#lazySignal?.canAbort ?? false;
  }

  /** Whether the caller has left or an outer limit has expired. Makes no signal. */
  get aborted(): boolean {
    return this.#lazySignal?.aborted ?? false;
  }

  /** The same call, tried again. */
  withAttempt(attempt: number): Call<T> {
    return this.#derived(this.#lazySignal, this.deadline, attempt);
  }

  /** The same call under a tighter limit: a signal of its own, an earlier deadline, or both. */
  withLimit(signal: AbortSignal | LazySignal, deadline: number): Call<T> {
    const lazySignal = signal instanceof LazySignal ? signal : LazySignal.of(signal);
    return this.#derived(lazySignal, Math.min(deadline, this.deadline), this.attempt);
  }

  /** The same call under another signal altogether, when it is no longer one caller's alone. */
  withSignal(lazySignal: LazySignal): Call<T> {
    return this.#derived(lazySignal, this.deadline, this.attempt);
  }

  /** What a classifier should know of this call. */
  classifyContext(): ClassifyContext | undefined {
    return this.aborted ? { signal: this.signal } : undefined;
  }

  /** Tells whoever listens. Build the event only if `listening`. */
  emit(policy: string, event: PolicyEvent): void {
    const { host, pipeline, key, attributes } = this;
    host.publish({ ...event, at: host.clock.now(), pipeline, policy, key, attributes });
  }

  get listening(): boolean {
    return this.host.listening;
  }

  #derived(lazySignal: LazySignal | undefined, deadline: number, attempt: number): Call<T> {
    const { operation, host, pipeline, key, attributes, trace, idempotent } = this;
    return new Call(operation, host, pipeline, key, attributes, trace, lazySignal, deadline, attempt, idempotent);
  }
}
