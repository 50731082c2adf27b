import type { Adapter, Breaker, BreakerOptions } from './adapter.ts';
import { turn } from './time.ts';

/** How long breakers of these scenes stay open unless a pitfall says otherwise; the adapters' default. */
export const RESET_MS = 1_000;

/** A promise that the pitfall settles when it wants to. */
export interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function deferred(): Deferred {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { promise, resolve, reject };
}

/** What has become of a call so far, without waiting for it: some calls never end. */
export interface Watched {
  status: 'pending' | 'fulfilled' | 'rejected';
  value?: unknown;
  error?: unknown;
}

export function watch(call: Promise<unknown>): Watched {
  const watched: Watched = { status: 'pending' };
  call.then(
    (value) => Object.assign(watched, { status: 'fulfilled', value }),
    (error: unknown) => Object.assign(watched, { status: 'rejected', error }),
  );
  return watched;
}

/** An operation of a dependency that is down. */
export function down(): Promise<never> {
  return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
}

/** An error of the request, not of the dependency: the breakers are told to ignore it. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

export function isNotFound(error: unknown): boolean {
  return error instanceof NotFound;
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** An operation that ends when its caller leaves, and not before. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Calls that fail, one after the other. */
export async function fail(breaker: Breaker, times: number): Promise<void> {
  for (let call = 1; call <= times; call += 1) {
    watch(breaker.execute(down));
    // One after the other: that is how a breaker sees an outage.
    await turn();
  }
}

/** A breaker whose reset time is over: the next call tests. */
export async function dueBreaker(adapter: Adapter, options: BreakerOptions = {}): Promise<Breaker> {
  const breaker = adapter.breaker(options);
  await fail(breaker, options.failures ?? 3);
  await adapter.time.advance(options.resetMs ?? RESET_MS);
  return breaker;
}

/** Whether a call that works is let through now. */
export async function letsThrough(breaker: Breaker): Promise<boolean> {
  let ran = false;
  watch(
    breaker.execute(() => {
      ran = true;
      return 'well';
    }),
  );
  await turn();
  return ran;
}
