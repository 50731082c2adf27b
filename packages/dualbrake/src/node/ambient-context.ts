import { AsyncLocalStorage } from 'node:async_hooks';
import { setAmbientContext } from '../ambient.ts';
import type { CallContext } from '../call.ts';

const storage = new AsyncLocalStorage<CallContext>();

/**
 * Lets calls inherit signal, deadline and attributes from the call around them, across `await`s and modules, where no
 * context can be handed over: a decorated method has no parameter for it. Once per process; doing it again is harmless.
 */
export function installAmbientContext(): void {
  setAmbientContext({
    current: () => storage.getStore(),
    run: (context, work) => storage.run(context, work, context),
  });
}

/** The context of the call that is running here, if any, and if it was installed. */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}
