import { asyncIssue, dropRejection } from '../user-function.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/**
 * Circuit breakers, or a synchronous function that returns them, for breakers that are created later.
 *
 * @example
 * ```ts
 * const hosts = keyedBreakers({ name: 'hosts' });
 * const all: BreakerList = () => [...hosts.entries()].map(([, breaker]) => breaker);
 * ```
 */
export type BreakerList = readonly CircuitBreaker[] | (() => readonly CircuitBreaker[]);

/** The breakers that exist now. @throws TypeError when the function returns no array; the function's own errors */
export function breakersOf(list: BreakerList): readonly CircuitBreaker[] {
  if (typeof list !== 'function') return list;
  const found: unknown = list();
  if (Array.isArray(found)) return found as readonly CircuitBreaker[];
  dropRejection(found);
  throw new TypeError(`breakers() must return an array of breakers synchronously, got ${typeof found}.`);
}

/** Problems of a list passed by the user, one sentence each. */
export function breakerListIssues(list: unknown): string[] {
  const issue = asyncIssue('breakers', list);
  if (issue !== undefined) return [issue];
  return Array.isArray(list) || typeof list === 'function'
    ? []
    : ['breakers must be an array, or a function that returns one'];
}
