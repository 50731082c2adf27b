import { computed, signal } from '@preact/signals';
import { announce, clockTimeText } from '@dualbrake/kit';
import { Poller } from '@dualbrake/kit/poller';
import { api, NoAnswer, observeAnswers, ProblemResponse } from './api.ts';
import { type Availability, checkIntervalMs, type Observation, observe, savingDisabledReason } from './availability.ts';
import type { SessionUser } from './contract-types.ts';
import { clearIdleEnd, setIdleEnd } from './idle.ts';
import type { Freshness } from './platform/resource.ts';
import { isDemonstration, noteCopyAge, setSchoolClock } from './school-clock.ts';
import { forgetScheduleCopy, noteScheduleCopy } from './schedule-copy.ts';

type SessionState =
  | { readonly state: 'unknown' }
  | { readonly state: 'signed-out' }
  | { readonly state: 'signed-in'; readonly user: SessionUser }
  /** The session has ended while this page was open. */
  | { readonly state: 'expired'; readonly user: SessionUser };

/** The session of this page. */
export const session = signal<SessionState>({ state: 'unknown' });
/** Whether the server and the database answer. */
export const availability = signal<Availability>({ state: 'live' });
/** The end of the last outage, while the page shows it. */
export const recovery = signal<{ readonly atMs: number; readonly lastedMs: number } | undefined>(undefined);

/** The user, while the session is active or has just expired. */
export const user = computed(() =>
  session.value.state === 'signed-in' || session.value.state === 'expired' ? session.value.user : undefined,
);
/** Whether the user can change students: owner and office. */
export const mayWrite = computed(() => user.value?.role === 'owner' || user.value?.role === 'office');
/** The reason why nothing can be saved now; undefined when saving is possible. */
export const disabledReason = computed(() => savingDisabledReason(availability.value, clockText));

/** How long the page shows the end of an outage, in milliseconds. */
const recoveryShownMs = 10_000;

/** Reloads the data of a page. */
type Refresher = () => Promise<Freshness>;
const refreshers = new Set<Refresher>();

/**
 * Reloads the data of a page after an outage. `useResource` calls this.
 *
 * @returns a function that stops this
 */
export function refreshAfterOutage(refresher: Refresher): () => void {
  refreshers.add(refresher);
  return () => refreshers.delete(refresher);
}

/** Starts the session of a user who has just signed in. */
export function startSession(person: SessionUser): void {
  session.value = { state: 'signed-in', user: person };
  // The session's answer also has the school's clock, on which the pages depend.
  poller.hint();
}

/** Extends an idle session: sends a request, which reports the recorded activity. */
export function extendSession(): void {
  poller.hint();
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  await api.signOut();
  setIdleEnd(undefined);
  session.value = { state: 'signed-out' };
}

/** Checks the session and the availability: at a fixed interval while everything works, with backoff during an outage. */
const poller = new Poller({
  quietMs: checkIntervalMs,
  probe: async () => {
    const observation = await check();
    record(observation);
    return observation === 'live';
  },
});

/** Starts monitoring the session and the availability. Call once. */
export function startWatching(): void {
  observeAnswers({
    onAnswer(path, status, body) {
      // Other answers with this status report a wrong password or code.
      if (status === 401 && path !== '/api/session' && codeOf(body) === 'not_signed_in') sessionEnded();
      const showsOutage = status === 503 || status === 504 || isCopy(body);
      if (isCopy(body)) record(outageOf(body));
      noteScheduleCopy(path, body);
      noteCopyAge(body);
      // The answer contradicts the known state: check immediately.
      if (showsOutage === (availability.value.state === 'live')) poller.hint();
    },
    onNoAnswer: () => record('server-unreachable'),
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') poller.hint();
  });
  addEventListener('online', retryNow);
  poller.start();
}

/** Checks now instead of after the backoff, but not more than every few seconds. */
export function retryNow(): void {
  poller.hint();
}

async function check(): Promise<Observation> {
  try {
    const current = await checkSession();
    if (current === undefined) return 'live';
    if (current.database === 'down') return outageOf(current);
    if (availability.value.state === 'live') return 'live';
    // The outage ends when the data on the page is live again.
    const refreshed = await Promise.all([...refreshers].map((refresh) => refresh()));
    return refreshed.includes('copy') ? 'database-down' : 'live';
  } catch (error) {
    if (error instanceof NoAnswer) return 'server-unreachable';
    return error instanceof ProblemResponse && error.status >= 500 ? 'database-down' : 'live';
  }
}

/** Returns the session; undefined when there is none and the server is ready for sign-in. */
async function checkSession(): Promise<
  { readonly database: 'up' | 'down'; readonly isolated_until?: string | undefined } | undefined
> {
  if (session.value.state === 'unknown' || session.value.state === 'signed-in') {
    try {
      const current = await api.session();
      session.value = { state: 'signed-in', user: current.user };
      setIdleEnd(current.idle_ends_at);
      isDemonstration.value = current.school_now !== undefined;
      if (current.school_now !== undefined) setSchoolClock(current.school_now);
      return current;
    } catch (error) {
      if (!(error instanceof ProblemResponse && error.status === 401)) throw error;
      sessionEnded();
    }
  }
  await api.ready();
  return undefined;
}

function record(observation: Observation): void {
  const before = availability.value;
  const nowMs = Date.now();
  const after = observe(before, observation, nowMs);
  if (after === before) return;
  availability.value = after;
  if (after.state === 'live' && before.state !== 'live') {
    forgetScheduleCopy();
    const recovered = { atMs: nowMs, lastedMs: nowMs - before.sinceMs };
    recovery.value = recovered;
    announce('Everything is live again. You can save changes.');
    setTimeout(() => {
      if (recovery.value === recovered) recovery.value = undefined;
    }, recoveryShownMs);
    return;
  }
  recovery.value = undefined;
  announce(outageText(after));
  // Check again soon instead of after the fixed interval.
  poller.hint();
}

function sessionEnded(): void {
  const before = session.value;
  clearIdleEnd();
  session.value = before.state === 'signed-in' ? { state: 'expired', user: before.user } : { state: 'signed-out' };
}

function clockText(instantMs: number): string {
  return clockTimeText(instantMs, Date.now());
}

function outageText(outage: Availability): string {
  if (outage.state === 'isolated')
    return `An operator has isolated the database until ${clockText(outage.untilMs)}. You see copies and can’t save changes.`;
  return outage.state === 'copies'
    ? 'The database is not answering. You see copies and can’t save changes.'
    : 'The server can’t be reached. Changes can’t be saved.';
}

/** The kind of outage that an answer of the server reports. */
function outageOf(answer: object): Observation {
  const until = 'isolated_until' in answer ? Date.parse(String(answer.isolated_until)) : Number.NaN;
  return Number.isNaN(until) ? 'database-down' : { isolatedUntilMs: until };
}

function codeOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
}

function isCopy(body: unknown): body is { readonly stale: true } {
  return typeof body === 'object' && body !== null && 'stale' in body && body.stale === true;
}
