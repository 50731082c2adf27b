/**
 * Runs work in a captured async context: with the `AsyncLocalStorage` stores that were current there. Synchronous; returns or throws
 * what the work does.
 */
export type InContext = <R>(work: () => R) => R;

/** Runs work in the current context. Used if none can be captured. */
export const inThisContext: InContext = (work) => work();

/** A captured context as an object, which saves a closure per call. */
export interface CapturedContext {
  /** Calls `work` in that context, with `self` as `this`. */
  runInAsyncScope<S, R>(work: (this: S) => R, self: S): R;
}

/** The APIs of runtimes: `AsyncResource` of `node:async_hooks`, or `AsyncContext.Snapshot` of the proposed standard. */
interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  readonly AsyncContext?: { readonly Snapshot?: new () => { run<R>(work: () => R): R } };
}

interface AsyncHooks {
  readonly AsyncResource?: new (type: string, options: object) => CapturedContext;
}

/**
 * Captures the current async context, for work that another call resumes: by releasing a slot, by a shared timer, by an abort or by an
 * event.
 *
 * @returns runs work in that context; `undefined` if the runtime has no async contexts
 */
export function captureContext(): InContext | undefined {
  const context = capturedContext();
  return context && ((work) => context.runInAsyncScope(work, undefined));
}

/** The same, as an object. */
export function capturedContext(): CapturedContext | undefined {
  return (capture ??= captureOf(globalThis))();
}

/** Created on first use: many programs never queue a call. */
let capture: (() => CapturedContext | undefined) | undefined;

function captureOf({ process, AsyncContext }: Runtime): () => CapturedContext | undefined {
  // Looked up at run time instead of imported: browsers have no such module.
  const hooks = process?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined;
  const { AsyncResource } = hooks ?? {};
  // Equivalent to `AsyncLocalStorage.snapshot`, at a twentieth of its cost.
  if (AsyncResource !== undefined) return () => new AsyncResource('DUALBRAKE', manually);
  const Snapshot = AsyncContext?.Snapshot;
  if (Snapshot === undefined) return () => undefined;
  return () => {
    const snapshot = new Snapshot();
    return { runInAsyncScope: (work, self) => snapshot.run(() => work.call(self)) };
  };
}

/** Without destroy hooks, so that the garbage collector need not track the resource. */
const manually = { requireManualDestroy: true };
