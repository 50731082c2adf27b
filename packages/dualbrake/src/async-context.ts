/**
 * Runs work in the async context of somebody's call: with the stores of `AsyncLocalStorage` that were current there.
 * Synchronous; what the work answers or throws comes out as it is.
 */
export type InContext = <R>(work: () => R) => R;

/** In whatever context it is called in: for where there is none to capture. */
export const inThisContext: InContext = (work) => work();

/** What runtimes offer: `AsyncContext.Snapshot` of the standard to be, or the same in `node:async_hooks`. */
interface Runtime {
  readonly AsyncContext?: { readonly Snapshot?: new () => { run<R>(work: () => R): R } };
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

/**
 * Remembers the async context that is current now, for work that goes on in somebody else's turn: when a place becomes
 * free, when a shared timer fires, when another caller's abort or event is what wakes it.
 *
 * @returns runs work in that context; nothing where the runtime has no async contexts
 */
export function captureContext(): InContext | undefined {
  return (capture ??= captureOf(globalThis as Runtime))();
}

/** Made at first use: many programs never make a call wait. */
let capture: (() => InContext | undefined) | undefined;

function captureOf({ AsyncContext, process }: Runtime): () => InContext | undefined {
  const Snapshot = AsyncContext?.Snapshot;
  if (Snapshot !== undefined) {
    return () => {
      const snapshot = new Snapshot();
      return (work) => snapshot.run(work);
    };
  }
  // Asked for at run time and not imported: the same file runs in browsers, which have no such module.
  const hooks = process?.getBuiltinModule?.('node:async_hooks') as
    { readonly AsyncLocalStorage?: { readonly snapshot?: () => InContext } } | undefined;
  const { AsyncLocalStorage } = hooks ?? {};
  return () => AsyncLocalStorage?.snapshot?.();
}
