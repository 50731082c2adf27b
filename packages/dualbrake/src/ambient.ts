import type { CallContext } from './call.ts';
import { dropRejection } from './user-function.ts';

/**
 * Carries the context of the running call to code that has no parameter for it, such as a decorated method.
 * The core knows only these two methods; `dualbrake/node` brings an implementation.
 */
export interface AmbientContext {
  current(): CallContext | undefined;
  /** Hands the context on to `work` as well, so that no function has to be made for each call. */
  run<R>(context: CallContext, work: (context: CallContext) => R): R;
}

let installed: AmbientContext | undefined;

/**
 * Installs the carrier for the whole process, or takes it away again. The last one wins. A carrier that cannot tell the
 * context, or answers none, is as if there were no running call.
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

/** The carrier, if one is installed. */
export function ambientContext(): AmbientContext | undefined {
  return installed;
}
