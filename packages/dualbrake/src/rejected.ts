/**
 * A promise that is rejected in the next microtask.
 *
 * One that is rejected from its beginning has no handler yet, so that V8 tells the host of an unhandled rejection, and
 * of its handling a moment later: that costs more than making the error does. An error that really nobody handles is
 * reported all the same.
 */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_resolve, reject) => {
    void Promise.resolve().then(() => reject(reason));
  });
}
