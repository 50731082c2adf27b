import { read } from './classify/safe-read.ts';

/** Releases a result that nobody will read: cancels the body of a response, or disposes it. Best effort; never throws or waits. */
export function discard(value: unknown): void {
  const body = read(value, 'body');
  callQuietly(body, read(body, 'cancel'));
  const key = [Symbol.dispose, Symbol.asyncDispose].find((symbol) => typeof read(value, symbol) === 'function');
  if (key !== undefined) callQuietly(value, read(value, key));
}

function callQuietly(owner: unknown, method: unknown): void {
  if (typeof method !== 'function') return;
  try {
    // A locked stream rejects, which doesn't matter.
    Promise.resolve(Reflect.apply(method, owner, [])).catch(() => undefined);
  } catch {
    // Best effort.
  }
}
