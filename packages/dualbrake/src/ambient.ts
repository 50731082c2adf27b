import type { CallContext } from './call.ts';
import { InvalidSettingsError } from './errors.ts';
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
const trusted = new WeakSet<AmbientContext>();

/** Says that a carrier does nothing but carry, so that it needs no guard: every call passes it. */
export function trustCarrier(carrier: AmbientContext): AmbientContext {
  trusted.add(carrier);
  return carrier;
}

/**
 * Installs the ambient context for the whole process, replacing the previous one; `undefined` removes it. If its `current()` throws or
 * returns no context, calls inherit nothing.
 * If its `run()` throws, loses the result, or runs the work never or twice, no outcome changes: the work runs once.
 *
 * @throws InvalidSettingsError if `current()` or `run()` is missing
 * @example
 * ```ts
 * setAmbientContext(undefined); // calls no longer inherit a signal, deadline or attributes
 * ```
 */
export function setAmbientContext(carrier: AmbientContext | undefined): void {
  if (carrier === undefined || trusted.has(carrier)) {
    installed = carrier;
    return;
  }
  const { current, run }: Partial<Record<keyof AmbientContext, unknown>> = Object(carrier);
  if (typeof current !== 'function' || typeof run !== 'function') {
    throw new InvalidSettingsError('ambient context', ['the carrier must have current() and run(context, work)']);
  }
  installed = {
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
    run: (context, work) => runOnce(carrier, context, work),
  };
}

function runOnce<R>(carrier: AmbientContext, context: CallContext, work: (context: CallContext) => R): R {
  let done: (() => R) | undefined;
  const once = (): R => (done ??= outcomeOf(work, context))();
  try {
    const carried: unknown = carrier.run(context, once);
    // A carrier that is async answers a promise of its own, which rejects as that of the work does.
    dropRejection(carried);
  } catch {
    // The work's own error is thrown below.
  }
  return once();
}

function outcomeOf<R>(work: (context: CallContext) => R, context: CallContext): () => R {
  try {
    const answer = work(context);
    return () => answer;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The installed ambient context, if any. */
export function ambientContext(): AmbientContext | undefined {
  return installed;
}
