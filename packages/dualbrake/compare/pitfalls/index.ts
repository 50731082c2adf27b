import type { Pitfall } from '../pitfall.ts';
import { asyncContext } from './async-context.ts';
import { breakerLateResults } from './breaker-late-results.ts';
import { bulkhead } from './bulkhead.ts';
import { callersLimits } from './callers-limits.ts';
import { fakeTimers } from './fake-timers.ts';
import { fallback } from './fallback.ts';
import { halfOpen } from './half-open.ts';
import { leaks } from './leaks.ts';
import { neutralOutcomes } from './neutral-outcomes.ts';
import { orders } from './orders.ts';
import { refusals } from './refusals.ts';
import { retry } from './retry.ts';
import { sharedAnswers } from './shared-answers.ts';
import { time } from './time.ts';
import { timeout } from './timeout.ts';
import { userFunctions } from './user-functions.ts';

/** Pitfalls of one kind. */
export interface Theme {
  readonly title: string;
  readonly pitfalls: readonly Pitfall[];
}

/** All of them, in the order of the page. */
export const themes: readonly Theme[] = [
  { title: 'Late results', pitfalls: breakerLateResults },
  { title: 'Half-open', pitfalls: halfOpen },
  { title: 'Manual control', pitfalls: orders },
  { title: 'Neutral outcomes', pitfalls: neutralOutcomes },
  { title: 'Windows and clocks', pitfalls: time },
  { title: 'Retry', pitfalls: retry },
  { title: 'Timeout', pitfalls: timeout },
  { title: 'Bulkhead', pitfalls: bulkhead },
  { title: 'Fallback', pitfalls: fallback },
  { title: "Callers' own limits", pitfalls: callersLimits },
  { title: 'Shared answers', pitfalls: sharedAnswers },
  { title: "Each caller's async context", pitfalls: asyncContext },
  { title: 'User-supplied functions', pitfalls: userFunctions },
  { title: 'Refusals as errors', pitfalls: refusals },
  { title: 'Fake timers', pitfalls: fakeTimers },
  { title: 'Side effects', pitfalls: leaks },
];
