/** What the process that looks for leaks is asked, and what it answers. */

/** What calls go through. */
export const subjectNames = [
  'consecutive breaker',
  'count breaker',
  'time breaker',
  'breaker that watches slow calls',
  'breaker that opens',
  'keyed breakers',
  'retry',
  'retry with a budget',
  'timeout',
  'bulkhead',
  'rate limit',
  'hedge',
  'fallback',
  'stale cache',
  'measure',
  'five policies',
] as const;

export type Subject = (typeof subjectNames)[number];

/** What is left of many calls. */
export interface LongRun {
  /** On the signal that most calls were given. */
  readonly listeners: number;
  /** What still keeps the process alive. */
  readonly timers: readonly string[];
  /** Operations that go on although their callers have their answers. */
  readonly abandoned: number;
  /** Bytes in use after each quarter of the calls. */
  readonly heap: readonly number[];
  /** How calls have ended; each way leaves something else to clean up. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What is left of breakers and pipelines that were dropped. */
export interface DroppedBreakers {
  readonly made: number;
  readonly left: number;
}

/** The names that a registry lists while decorated classes are used, and after all but one were dropped. */
export interface DroppedClasses {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly kept: number;
}
