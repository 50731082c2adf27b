/** Whether the server and the database answer. */
export type Availability =
  | { readonly state: 'live' }
  /** The database does not answer: pages show copies, and nothing can be saved. */
  | { readonly state: 'copies'; readonly sinceMs: number }
  /** An operator has isolated the database: the same for the user, but with a known end. */
  | { readonly state: 'isolated'; readonly sinceMs: number; readonly untilMs: number }
  /** The server does not answer. */
  | { readonly state: 'unreachable'; readonly sinceMs: number };

/** The result of one check. */
export type Observation =
  | 'live'
  | 'database-down'
  | 'server-unreachable'
  /** Milliseconds since the epoch. */
  | { readonly isolatedUntilMs: number };

/** Ends that differ by less than this are the same end: each answer computes it from the time that is left. */
const SAME_END_MS = 5_000;

/** The availability after a check. Returns the same object when nothing has changed; an outage keeps its start. */
export function observe(current: Availability, observation: Observation, nowMs: number): Availability {
  if (observation === 'live') return current.state === 'live' ? current : { state: 'live' };
  const sinceMs = current.state === 'live' ? nowMs : current.sinceMs;
  if (typeof observation === 'object') {
    const untilMs = observation.isolatedUntilMs;
    const isSame = current.state === 'isolated' && Math.abs(current.untilMs - untilMs) < SAME_END_MS;
    return isSame ? current : { state: 'isolated', sinceMs, untilMs };
  }
  const state = observation === 'database-down' ? 'copies' : 'unreachable';
  return state === current.state ? current : { state, sinceMs };
}

/** Between two checks while all is well, in milliseconds. */
export const checkIntervalMs = 15_000;

/**
 * Why nothing can be saved, in a sentence; `undefined` when it can.
 *
 * @param clockText formats an instant, such as `14:30`
 */
export function savingClosedReason(
  availability: Availability,
  clockText: (instantMs: number) => string,
): string | undefined {
  if (availability.state === 'live') return undefined;
  if (availability.state === 'isolated') {
    return `An operator has isolated the database until ${clockText(availability.untilMs)}. You can save changes after that.`;
  }
  return availability.state === 'copies'
    ? 'You can’t save changes while the database is not answering. Saving resumes automatically.'
    : 'You can’t save changes while the server can’t be reached. Saving resumes automatically.';
}
