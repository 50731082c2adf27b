import type { Breaker } from '../adapter.ts';
import { must, type Pitfall } from '../pitfall.ts';
import { dueBreaker, letsThrough, untilAborted, watch } from '../scene.ts';
import { turn } from '../time.ts';

const remark =
  'The peers use a filter. opossum\'s receives the arguments of the call, so it can check the caller\'s signal; cockatiel\'s receives only the error, so it goes by the names "AbortError" and "TimeoutError".';

/** Limits that a caller chose: they say how patient that caller is, not how the dependency is. */
export const callersLimits: readonly Pitfall[] = [
  {
    number: 'F3a',
    title: 'Callers with short limits of their own do not open the breaker of a healthy dependency',
    remark,
    async run(adapter) {
      const breaker = adapter.breaker({ ignoresWhenTold: isCallersLimit });
      for (let caller = 1; caller <= 5; caller += 1) {
        // One after the other: that is how a breaker sees failures in a row.
        await impatient(breaker);
      }
      must(await letsThrough(breaker), 'five impatient callers opened it for all others');
    },
  },
  {
    number: 'F3b',
    title: "The dependency's own timeouts open the breaker, with the same settings",
    remark,
    async run(adapter) {
      const breaker = adapter.breaker({ ignoresWhenTold: isCallersLimit });
      for (let call = 1; call <= 5; call += 1) {
        const patient = new AbortController();
        watch(breaker.execute(() => Promise.reject(timeoutError()), patient.signal));
        // As above.
        await turn();
      }
      must(breaker.state === 'open', 'five timeouts of the dependency itself did not open it');
    },
  },
  {
    number: 'F3c',
    title: "A probe that ends by its caller's limit is neutral, and the next call probes",
    remark,
    async run(adapter) {
      const breaker = await dueBreaker(adapter, { ignoresWhenTold: isCallersLimit });
      await impatient(breaker);
      must(breaker.state !== 'open', 'it opened again: the impatient probe counted as a failed one');
      must(breaker.state !== 'closed', 'it closed: the impatient probe counted as a success');
      must(await letsThrough(breaker), 'the next call was refused');
    },
  },
];

/** A call that its caller's `AbortSignal.timeout` ends. */
async function impatient(breaker: Breaker): Promise<void> {
  const caller = new AbortController();
  watch(breaker.execute(() => untilAborted(caller.signal), caller.signal));
  await turn();
  caller.abort(timeoutError());
  await turn();
}

function timeoutError(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

/** By the caller's signal where the filter can see it, else by the name of the error. */
function isCallersLimit(error: unknown, caller?: AbortSignal): boolean {
  if (caller !== undefined) return caller.aborted;
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
