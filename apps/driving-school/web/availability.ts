/** Whether the server and the database answer. */
export type Availability =
  | { readonly state: 'live' }
  /** The database does not answer: pages show copies, and nothing can be saved. */
  | { readonly state: 'copies'; readonly sinceMs: number }
  /** An operator has isolated the database: pages show copies until a known time. */
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

/** Ends that differ by less than this are the same: each answer computes the end from the remaining time. */
const SAME_END_MS = 5_000;

/** Computes the availability after a check. Returns the same object when nothing has changed. */
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

/** Interval between checks while everything works, in milliseconds. */
export const checkIntervalMs = 15_000;

/**
 * The reason why nothing can be saved, as a sentence; undefined when saving is possible.
 *
 * @param clockText formats an instant, such as `14:30`
 */
export function savingDisabledReason(
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
