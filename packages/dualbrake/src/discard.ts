import { read } from './classify/safe-read.ts';

/**
 * Lets go of an answer that nobody will read: cancels the body of a response, disposes what can be disposed. Best
 * effort; never throws and never waits.
 */
export function discard(value: unknown): void {
  const body = read(value, 'body');
  callQuietly(body, read(body, 'cancel'));
  const key = [Symbol.dispose, Symbol.asyncDispose].find((symbol) => typeof read(value, symbol) === 'function');
  if (key !== undefined) callQuietly(value, read(value, key));
}

function callQuietly(owner: unknown, method: unknown): void {
  if (typeof method !== 'function') return;
  try {
    // A locked stream answers with a rejection, which is as good as done.
    Promise.resolve(Reflect.apply(method, owner, [])).catch(() => undefined);
  } catch {
    // Nobody waits for it.
  }
}
