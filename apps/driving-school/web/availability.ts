/** What the pages know about the machinery behind them. */
export type Availability =
  | { readonly state: 'live' }
  /** The database does not answer: copies can be read, nothing can be saved. */
  | { readonly state: 'copies'; readonly sinceMs: number }
  /** An operator has isolated the database: the same for the reader, for another reason and with a known end. */
  | { readonly state: 'isolated'; readonly sinceMs: number; readonly untilMs: number }
  /** The server does not answer at all. */
  | { readonly state: 'unreachable'; readonly sinceMs: number };

/** One look at it. */
export type Observation =
  | 'live'
  | 'database-down'
  | 'server-unreachable'
  /** Milliseconds since the epoch. */
  | { readonly isolatedUntilMs: number };

/** An end that moves by less than this is the same: each answer computes it anew from what is left. */
const SAME_END_MS = 5_000;

/** What follows from a look. Gives the same object back when nothing has changed; an outage keeps its beginning. */
export function observe(current: Availability, seen: Observation, nowMs: number): Availability {
  if (seen === 'live') return current.state === 'live' ? current : { state: 'live' };
  const sinceMs = current.state === 'live' ? nowMs : current.sinceMs;
  if (typeof seen === 'object') {
    const untilMs = seen.isolatedUntilMs;
    const isSame = current.state === 'isolated' && Math.abs(current.untilMs - untilMs) < SAME_END_MS;
    return isSame ? current : { state: 'isolated', sinceMs, untilMs };
  }
  const state = seen === 'database-down' ? 'copies' : 'unreachable';
  return state === current.state ? current : { state, sinceMs };
}

/** Between two looks while all is well, in milliseconds. */
export const quietLookMs = 15_000;

/**
 * Why everything that writes is closed, in a sentence; `undefined` while it is open.
 *
 * @param clockText how the page says an instant, such as `14:30`
 */
export function writingClosedReason(
  availability: Availability,
  clockText: (instantMs: number) => string,
): string | undefined {
  if (availability.state === 'live') return undefined;
  if (availability.state === 'isolated') {
    return `An operator has isolated the database until ${clockText(availability.untilMs)}. Changes are possible again after that.`;
  }
  return availability.state === 'copies'
    ? 'You can’t save changes while the database is not answering. Saving resumes automatically.'
    : 'You can’t save changes while the server can’t be reached. Saving resumes automatically.';
}
