import type { Operation } from '../call.ts';
import { completed, signalAmong, type CallOptions } from '../call-options.ts';
import { deadlineHeader } from '../deadline-header.ts';
import { mirrorFunction } from '../mirror-function.ts';
import type { FallbackOf } from '../pipeline.ts';
import { checkOptions } from '../settings.ts';
import { keyOf } from '../user-function.ts';
import { Exchange } from './exchange.ts';
import type { GuardedFetchOptions } from './guarded-fetch-options.ts';

/**
 * Runs the requests of a `guardedFetch`: a pipeline, or a single policy.
 *
 * @example
 * ```ts
 * const guard: FetchGuard = pipeline('reports', [retry(), timeout({ limitMs: 2_000 })]);
 * const fetchReport = guardedFetch(guard);
 * ```
 */
export interface FetchGuard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/**
 * `fetch` with `CallOptions` as a third argument. `F` is the type that a fallback of the guard may return.
 *
 * @example
 * ```ts
 * const fetchReport: GuardedFetch = guardedFetch(retry());
 * const response = await fetchReport('https://reports.example/lessons', { method: 'GET' }, { withinMs: 2_000 });
 * ```
 */
export type GuardedFetch<F = never> = (
  input: string | URL | Request,
  init?: RequestInit,
  options?: CallOptions | AbortSignal,
) => Promise<Response | F>;

/** Methods that are safe to repeat. @see RFC 9110 section 9.2.2; for QUERY, its own specification */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']);

/**
 * Creates a `fetch` whose requests go through a pipeline.
 *
 * To the policies, a failed response is an error: it is classified by status and headers, counted and retried. Its body is cancelled
 * before the next attempt. Methods that are not idempotent are retried only with an `Idempotency-Key` header, or if the request did not
 * reach the server.
 *
 * @param guard should contain a `timeout`: `fetch` has no time limit of its own
 * @returns has the name and properties of `options.fetch`, if given
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * const fetchReport = guardedFetch(pipeline('reports', [retry(), circuitBreaker(), timeout({ limitMs: 2_000 })]));
 * const response = await fetchReport('https://reports.example/lessons');
 * ```
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
      // A guard returns the result of the operation or of its fallback.
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
      : ['guard must be a pipeline or a policy with execute()']),
    ...(header === undefined || header === false || (typeof header === 'string' && header !== '')
      ? []
      : ['deadlineHeader must be a header name or false']),
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
