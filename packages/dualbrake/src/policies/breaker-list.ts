import { asyncIssue, dropRejection } from '../user-function.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

/**
 * Breakers, or a function that finds them at once, for those that come into being later.
 *
 * @example
 * ```ts
 * const hosts = keyedBreakers({ name: 'hosts' });
 * const all: BreakerList = () => [...hosts.entries()].map(([, breaker]) => breaker);
 * ```
 */
export type BreakerList = readonly CircuitBreaker[] | (() => readonly CircuitBreaker[]);

/** The breakers that there are now. @throws TypeError when a function answers no list; what it throws */
export function breakersOf(list: BreakerList): readonly CircuitBreaker[] {
  if (typeof list !== 'function') return list;
  const found: unknown = list();
  if (Array.isArray(found)) return found as readonly CircuitBreaker[];
  dropRejection(found);
  throw new TypeError(`breakers() must answer a list of breakers at once, got ${typeof found}.`);
}

/** What is wrong with a list that was handed in, one sentence each. */
export function breakerListIssues(list: unknown): string[] {
  const issue = asyncIssue('breakers', list);
  if (issue !== undefined) return [issue];
  return Array.isArray(list) || typeof list === 'function'
    ? []
    : ['breakers must be a list, or a function that finds them'];
}
