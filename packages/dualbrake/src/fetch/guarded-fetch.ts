import type { Operation } from '../call.ts';
import { completed, signalAmong, type CallOptions } from '../call-options.ts';
import { deadlineHeader } from '../deadline-header.ts';
import { mirrorFunction } from '../mirror-function.ts';
import type { FallbackOf } from '../pipeline.ts';
import { checkOptions } from '../settings.ts';
import { keyOf } from '../user-function.ts';
import { Exchange } from './exchange.ts';
import type { GuardedFetchOptions } from './guarded-fetch-options.ts';

/** What guards the calls: a pipeline, or a policy on its own. */
export interface FetchGuard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/** `fetch`, with what the caller knows as a third argument. `F` is what the guard's fallback may answer. */
export type GuardedFetch<F = never> = (
  input: string | URL | Request,
  init?: RequestInit,
  options?: CallOptions | AbortSignal,
) => Promise<Response | F>;

/** May be sent twice without asking. @see RFC 9110 section 9.2.2; for QUERY, the method's own specification */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']);

/**
 * A `fetch` whose calls go through a pipeline. Inside, an answer that is a failure is an error: it is classified with
 * its headers, counted and tried again, and its body is let go before the next attempt. A method that is not idempotent
 * is repeated only with an `Idempotency-Key`, or when the request never got there.
 *
 * @param guard give each attempt a time limit inside of it: `fetch` has none
 * @returns a function that keeps the name and the properties of `options.fetch`, if there is one
 * @throws InvalidSettingsError with every problem at once
 */
export function guardedFetch<const G extends FetchGuard>(
  guard: G,
  options: GuardedFetchOptions = {},
): GuardedFetch<FallbackOf<G>> {
  check(guard, options);
  const { judgedFailure } = options;
  const judging = {
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    isFailure: options.isFailure ?? (({ status }) => status >= 400),
    body: options.body ?? 'stream',
    deadlineHeader: options.deadlineHeader ?? deadlineHeader,
  } satisfies GuardedFetchOptions;
  const guarded: GuardedFetch<FallbackOf<G>> = async (input, init, given) => {
    const exchange = new Exchange({ input, init }, signalAmong(given), judging);
    const { method, url, signal } = exchange;
    const call = completed(given, {
      signal,
      key: options.key === undefined || url === undefined ? undefined : keyOf(options.key, url, method),
      idempotent: idempotentMethods.has(method) || exchange.headers.has('idempotency-key'),
    });
    let kept: Response | undefined;
    let failure: unknown;
    try {
      // A guard answers what the operation does, or what its fallback does.
      return (await guard.execute((context) => exchange.attempt(context), call)) as Response | FallbackOf<G>;
    } catch (error) {
      failure = error;
      if (!exchange.owns(error)) throw error;
      kept = error.response;
      if (judgedFailure === 'throw') throw error;
      return kept;
    } finally {
      exchange.end(kept, failure);
    }
  };
  return options.fetch === undefined ? guarded : mirrorFunction(options.fetch, { wrapper: guarded });
}

function check(guard: unknown, options: GuardedFetchOptions): void {
  const header = options?.deadlineHeader;
  const issues = [
    ...(typeof (guard as Partial<FetchGuard> | undefined)?.execute === 'function'
      ? []
      : ['guard must be a pipeline or a policy, with execute()']),
    ...(header === undefined || header === false || (typeof header === 'string' && header !== '')
      ? []
      : ['deadlineHeader must be the name of a header, or false']),
  ];
  checkOptions(
    'guarded fetch',
    options,
    {},
    {
      fetch: 'function',
      isFailure: 'function',
      judgedFailure: ['answer', 'throw'],
      body: ['stream', 'whole'],
      deadlineHeader: 'anything',
      key: 'sync function',
    },
    issues,
  );
}
