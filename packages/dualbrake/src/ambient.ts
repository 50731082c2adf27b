import type { CallContext } from './call.ts';

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

/** Installs the carrier for the whole process, or takes it away again. The last one wins. */
export function setAmbientContext(carrier: AmbientContext | undefined): void {
  installed = carrier;
}

/** The carrier, if one is installed. */
export function ambientContext(): AmbientContext | undefined {
  return installed;
}
