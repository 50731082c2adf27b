/**
 * Runs work in the async context of somebody's call: with the stores of `AsyncLocalStorage` that were current there.
 * Synchronous; what the work answers or throws comes out as it is.
 */
export type InContext = <R>(work: () => R) => R;

/** In whatever context it is called in: for where there is none to capture. */
export const inThisContext: InContext = (work) => work();

/** A context that was captured, for who cannot afford a function for each call. */
export interface CapturedContext {
  /** Calls `work` on `self` in that context. */
  runInAsyncScope<S, R>(work: (this: S) => R, self: S): R;
}

/** What runtimes offer: `AsyncResource` of `node:async_hooks`, or `AsyncContext.Snapshot` of the standard to be. */
interface Runtime {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  readonly AsyncContext?: { readonly Snapshot?: new () => { run<R>(work: () => R): R } };
}

interface AsyncHooks {
  readonly AsyncResource?: new (type: string, options: object) => CapturedContext;
}

/**
 * Remembers the async context that is current now, for work that goes on in somebody else's turn: when a place becomes
 * free, when a shared timer fires, when another caller's abort or event is what wakes it.
 *
 * @returns runs work in that context; nothing where the runtime has no async contexts
 */
export function captureContext(): InContext | undefined {
  const context = capturedContext();
  return context && ((work) => context.runInAsyncScope(work, undefined));
}

/** The same, as an object. */
export function capturedContext(): CapturedContext | undefined {
  return (capture ??= captureOf(globalThis))();
}

/** Made at first use: many programs never make a call wait. */
let capture: (() => CapturedContext | undefined) | undefined;

function captureOf({ process, AsyncContext }: Runtime): () => CapturedContext | undefined {
  // Asked for at run time and not imported: the same file runs in browsers, which have no such module.
  const hooks = process?.getBuiltinModule?.('node:async_hooks') as AsyncHooks | undefined;
  const { AsyncResource } = hooks ?? {};
  // What `AsyncLocalStorage.snapshot` makes as well, at a twentieth of the price.
  if (AsyncResource !== undefined) return () => new AsyncResource('DUALBRAKE', manually);
  const Snapshot = AsyncContext?.Snapshot;
  if (Snapshot === undefined) return () => undefined;
  return () => {
    const snapshot = new Snapshot();
    return { runInAsyncScope: (work, self) => snapshot.run(() => work.call(self)) };
  };
}

/** Nobody is told of its end, so that none has to be watched for. */
const manually = { requireManualDestroy: true };
