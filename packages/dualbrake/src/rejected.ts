/**
 * A promise that rejects in the next microtask.
 *
 * A promise that is created rejected has no handler yet, so V8 reports an unhandled rejection to the host, and that it was handled a
 * moment later. That costs more than creating the error. Errors that are never handled are still reported.
 */
export function rejected(reason: unknown): Promise<never> {
  return new Promise((_resolve, reject) => {
    void Promise.resolve().then(() => reject(reason));
  });
}
