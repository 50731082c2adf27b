import { AsyncLocalStorage } from 'node:async_hooks';
import { setAmbientContext, trustCarrier, type AmbientContext } from '../ambient.ts';
import type { CallContext } from '../call.ts';

const storage = new AsyncLocalStorage<CallContext>();
const carrier: AmbientContext = trustCarrier({
  current: () => storage.getStore(),
  run: (context, work) => storage.run(context, work, context),
});

/**
 * Makes calls inherit signal, deadline and attributes from the call around them, across `await`s and modules. Use it where the
 * context cannot be passed on, as in decorated methods. Once per process is enough; further calls have no effect.
 *
 * @example
 * ```ts
 * installAmbientContext();
 * const outer = pipeline('outer', [timeout({ limitMs: 500 })]);
 * const inner = pipeline('inner', [retry()]);
 * // The inner retry knows the outer deadline.
 * await outer.execute(() => inner.execute(() => database.getStudent(id)));
 * ```
 */
export function installAmbientContext(): void {
  setAmbientContext(carrier);
}

/**
 * The context of the call that is running here; `undefined` outside of calls, and without `installAmbientContext()`.
 *
 * @example
 * ```ts
 * const signal = currentContext()?.signal;
 * await database.query('SELECT 1', [], signal === undefined ? {} : { signal });
 * ```
 */
export function currentContext(): CallContext | undefined {
  return storage.getStore();
}
