import type { Pitfall } from '../pitfall.ts';
import { breakerLateResults } from './breaker-late-results.ts';
import { bulkhead } from './bulkhead.ts';
import { fallback } from './fallback.ts';
import { halfOpen } from './half-open.ts';
import { leaks } from './leaks.ts';
import { neutralOutcomes } from './neutral-outcomes.ts';
import { orders } from './orders.ts';
import { retry } from './retry.ts';
import { time } from './time.ts';
import { timeout } from './timeout.ts';

/** Pitfalls of one kind. */
export interface Theme {
  readonly title: string;
  readonly pitfalls: readonly Pitfall[];
}

/** All of them, in the order of the page. */
export const themes: readonly Theme[] = [
  { title: 'Late results', pitfalls: breakerLateResults },
  { title: 'Half-open', pitfalls: halfOpen },
  { title: 'Orders', pitfalls: orders },
  { title: 'What says nothing about the dependency', pitfalls: neutralOutcomes },
  { title: 'Windows and clocks', pitfalls: time },
  { title: 'Retry', pitfalls: retry },
  { title: 'Timeout', pitfalls: timeout },
  { title: 'Bulkhead', pitfalls: bulkhead },
  { title: 'Fallback', pitfalls: fallback },
  { title: 'What is left behind', pitfalls: leaks },
];
