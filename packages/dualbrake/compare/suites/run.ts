import { tried } from '../judge.ts';
import type { Scenario, Suite } from './scenario.ts';

/** What came of a scenario; `observed` says what dualbrake did instead of what was expected. */
export interface Result {
  readonly scenario: Scenario;
  readonly verdict: Scenario['verdict'] | 'worse';
  readonly observed?: string;
}

/** Results of one peer's scenarios, in their order. */
export interface SuiteResult {
  readonly suite: Suite;
  readonly results: readonly Result[];
}

/** One scenario after the other: timers of the process may be faked meanwhile. Never rejects. */
export async function runSuite(suite: Suite): Promise<SuiteResult> {
  const results: Result[] = [];
  for (const scenario of suite.scenarios) {
    // One after the other, as said.
    results.push(await resultOf(scenario));
  }
  return { suite, results };
}

/** Real servers on a busy machine need their time; only what hangs takes so long. */
const LIMIT_MS = 30_000;

/** Never rejects. An unhandled rejection is worse, too. */
export async function resultOf(scenario: Scenario): Promise<Result> {
  const { run, verdict } = scenario;
  if (run === undefined) return { scenario, verdict };
  try {
    await tried(run, LIMIT_MS);
    return { scenario, verdict };
  } catch (error) {
    return { scenario, verdict: 'worse', observed: error instanceof Error ? error.message : String(error) };
  }
}
