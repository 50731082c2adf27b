import type { CallContext } from './call.ts';
import { InvalidSettingsError } from './errors.ts';
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
const trusted = new WeakSet<AmbientContext>();

/** Says that a carrier does nothing but carry, so that it needs no guard: every call passes it. */
export function trustCarrier(carrier: AmbientContext): AmbientContext {
  trusted.add(carrier);
  return carrier;
}

/**
 * Installs the carrier for the whole process, or takes it away again. The last one wins. A carrier that cannot tell the
 * context, or answers none, is as if there were no running call. One whose `run` throws, calls the work never, later or
 * twice, or loses its answer, changes no outcome: the work is done once, and answers what it answers.
 *
 * @throws InvalidSettingsError when it has no `current()` or no `run()`
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

/** The carrier, if one is installed. */
export function ambientContext(): AmbientContext | undefined {
  return installed;
}
