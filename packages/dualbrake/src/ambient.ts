import type { CallContext } from './call.ts';
import { dropRejection } from './user-function.ts';

/**
 * Carries the context of the running call to code that has no parameter for it, such as a decorated method. `dualbrake/node` has an
 * implementation, see `installAmbientContext`; implement this for other runtimes.
 *
 * @example
 * ```ts
 * import { AsyncLocalStorage } from 'node:async_hooks';
 *
 * const storage = new AsyncLocalStorage<CallContext>();
 * const ambient: AmbientContext = {
 *   current: () => storage.getStore(),
 *   run: (context, work) => storage.run(context, work, context),
 * };
 * setAmbientContext(ambient);
 * ```
 */
export interface AmbientContext {
  /** The context of the running call; `undefined` outside of calls. */
  current(): CallContext | undefined;
  /** Runs `work` with this context as the current one. Also passes it to `work`, which saves one closure per call. */
  run<R>(context: CallContext, work: (context: CallContext) => R): R;
}

let installed: AmbientContext | undefined;

/**
 * Installs the ambient context for the whole process, replacing the previous one; `undefined` removes it. If its `current()` throws or
 * returns no context, calls inherit nothing.
 *
 * @example
 * ```ts
 * setAmbientContext(undefined); // calls no longer inherit a signal, deadline or attributes
 * ```
 */
export function setAmbientContext(carrier: AmbientContext | undefined): void {
  installed = carrier && {
    current() {
      try {
        const context: unknown = carrier.current();
        if (typeof context === 'object' && context !== null && 'deadline' in context) return context as CallContext;
        if (context !== undefined) dropRejection(context);
      } catch {
        // Nothing is inherited.
      }
      return undefined;
    },
    run: (context, work) => carrier.run(context, work),
  };
}

/** The installed ambient context, if any. */
export function ambientContext(): AmbientContext | undefined {
  return installed;
}
