/** What the pages know about the machinery behind them. */
export type Availability =
  | { readonly state: 'live' }
  /** The database does not answer: copies can be read, nothing can be saved. */
  | { readonly state: 'copies'; readonly sinceMs: number }
  /** The server does not answer at all. */
  | { readonly state: 'unreachable'; readonly sinceMs: number };

/** One look at it. */
export type Observation = 'live' | 'database-down' | 'server-unreachable';

/** What follows from a look. Gives the same object back when nothing has changed; an outage keeps its beginning. */
export function observe(current: Availability, seen: Observation, nowMs: number): Availability {
  const state = seen === 'live' ? 'live' : seen === 'database-down' ? 'copies' : 'unreachable';
  if (state === current.state) return current;
  if (state === 'live') return { state };
  return { state, sinceMs: current.state === 'live' ? nowMs : current.sinceMs };
}

/** Between two looks while all is well, in milliseconds. */
export const quietLookMs = 15_000;

/** Why everything that writes is closed, in a sentence; `undefined` while it is open. */
export function writingClosedReason(availability: Availability): string | undefined {
  if (availability.state === 'live') return undefined;
  const cause = availability.state === 'copies' ? 'the database is not answering' : "the server can't be reached";
  return `Changes are closed while ${cause}. They open again automatically.`;
}
