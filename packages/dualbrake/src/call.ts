import type { ClassifyContext } from './classification.ts';
import type { StopReason, PolicyEvent } from './events.ts';
import type { Host } from './host.ts';
import type { LazySignal } from './lazy-signal.ts';

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

/** What all attempts of one call share. */
export interface CallOrigin<T> {
  readonly operation: Operation<T>;
  readonly host: Host;
  readonly pipeline: string;
  readonly key: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly trace: Trace | undefined;
}

/** One trip through a pipeline. It carries the operation, so that the chain of policies can be linked once. */
export class Call<T> implements CallContext {
  readonly origin: CallOrigin<T>;
  readonly lazySignal: LazySignal;
  readonly deadline: number;
  readonly attempt: number;

  constructor(origin: CallOrigin<T>, lazySignal: LazySignal, deadline: number, attempt: number) {
    this.origin = origin;
    this.lazySignal = lazySignal;
    this.deadline = deadline;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.lazySignal.signal;
  }

  get key(): string {
    return this.origin.key;
  }

  get attributes(): Readonly<Record<string, unknown>> {
    return this.origin.attributes;
  }

  get host(): Host {
    return this.origin.host;
  }

  /** Whether anything can abort this call; false saves making a signal. */
  get canAbort(): boolean {
    return this.lazySignal.canAbort;
  }

  /** Whether the caller has left or an outer limit has expired. Makes no signal. */
  get aborted(): boolean {
    return this.lazySignal.aborted;
  }

  /** The same call, tried again. */
  withAttempt(attempt: number): Call<T> {
    return new Call(this.origin, this.lazySignal, this.deadline, attempt);
  }

  /** The same call under a tighter limit. */
  withLimit(lazySignal: LazySignal, deadline: number): Call<T> {
    return new Call(this.origin, lazySignal, Math.min(deadline, this.deadline), this.attempt);
  }

  /** What a classifier should know of this call. */
  classifyContext(): ClassifyContext | undefined {
    return this.aborted ? { signal: this.signal } : undefined;
  }

  /** Tells whoever listens. Build the event only if `listening`. */
  emit(policy: string, event: PolicyEvent): void {
    const { host, pipeline, key, attributes } = this.origin;
    host.publish({ ...event, at: host.clock.now(), pipeline, policy, key, attributes });
  }

  get listening(): boolean {
    return this.origin.host.listening;
  }
}
