import { computed, signal } from '@preact/signals';
import { announce, clockTimeText } from '@dualbrake/kit';
import { Poller } from '@dualbrake/kit/poller';
import { api, NoAnswer, observeAnswers, ProblemResponse } from './api.ts';
import { type Availability, type Observation, observe, quietLookMs, writingClosedReason } from './availability.ts';
import type { SessionUser } from './contract-types.ts';
import { forgetIdleEnd, learnIdleEnd } from './idle.ts';

type SessionState =
  | { readonly state: 'unknown' }
  | { readonly state: 'signed-out' }
  | { readonly state: 'signed-in'; readonly user: SessionUser }
  /** Was signed in a moment ago on this very page. */
  | { readonly state: 'expired'; readonly user: SessionUser };

/** Who is at the keyboard. */
export const session = signal<SessionState>({ state: 'unknown' });
/** What is live, a copy, closed. */
export const availability = signal<Availability>({ state: 'live' });
/** The end of the last outage, for the few seconds in which it is worth telling. */
export const recovery = signal<{ readonly atMs: number; readonly lastedMs: number } | undefined>(undefined);

/** The person, while signed in or just expired. */
export const user = computed(() =>
  session.value.state === 'signed-in' || session.value.state === 'expired' ? session.value.user : undefined,
);
/** Owner and office may change students. */
export const mayWrite = computed(() => user.value?.role === 'owner' || user.value?.role === 'office');
/** Why writing is closed at the moment, or `undefined`. */
export const closedReason = computed(() => writingClosedReason(availability.value, clockText));

/** How long the good news stands, in milliseconds. */
const recoveryShownMs = 10_000;

/** Reads again what a page shows, and says whether it is live now. */
type Refresher = () => Promise<'live' | 'copy'>;
const refreshers = new Set<Refresher>();

/** A page that shows data says how to read it again once an outage is over. Gives the end of it. */
export function refreshAfterOutage(refresher: Refresher): () => void {
  refreshers.add(refresher);
  return () => refreshers.delete(refresher);
}

/** Takes somebody in who has just signed in. */
export function signedIn(person: SessionUser): void {
  session.value = { state: 'signed-in', user: person };
}

/** Tells the server that somebody is here. The key or click that led here has been noticed before. */
export function stayHere(): void {
  watcher.hint();
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  await api.signOut();
  learnIdleEnd(undefined);
  session.value = { state: 'signed-out' };
}

/** Watches the session and the outage: steadily while all is well, with backoff while it is not. */
const watcher = new Poller({
  quietMs: quietLookMs,
  probe: async () => {
    const seen = await lookOnce();
    see(seen);
    return seen === 'live';
  },
});

/** Begins to watch the session and the outage. Call once. */
export function startWatching(): void {
  observeAnswers({
    onAnswer(path, status, body) {
      // Other refusals of this status are about a password or a code that was typed.
      if (status === 401 && path !== '/api/session' && codeOf(body) === 'not_signed_in') sessionEnded();
      const isTrouble = status === 503 || status === 504 || isCopy(body);
      if (isCopy(body)) see(outageOf(body));
      // News either way: trouble while all seemed well, or a good answer while it did not.
      if (isTrouble === (availability.value.state === 'live')) watcher.hint();
    },
    onNoAnswer: () => see('server-unreachable'),
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') watcher.hint();
  });
  addEventListener('online', retryNow);
  watcher.start();
}

/** Asks the server now instead of when the wait is over. Called too often, it waits for some seconds. */
export function retryNow(): void {
  watcher.hint();
}

async function lookOnce(): Promise<Observation> {
  try {
    const person = await lookAtSession();
    if (person === undefined) return 'live';
    if (person.database === 'down') return outageOf(person);
    if (availability.value.state === 'live') return 'live';
    // It is over only when what is on the page is live again, not when a check elsewhere says so.
    const shown = await Promise.all([...refreshers].map((refresh) => refresh()));
    return shown.includes('copy') ? 'database-down' : 'live';
  } catch (error) {
    if (error instanceof NoAnswer) return 'server-unreachable';
    return error instanceof ProblemResponse && error.status >= 500 ? 'database-down' : 'live';
  }
}

/** The session, or nothing when there is none and the server is ready to begin one. */
async function lookAtSession(): Promise<
  { readonly database: 'up' | 'down'; readonly isolated_until?: string | undefined } | undefined
> {
  if (session.value.state === 'unknown' || session.value.state === 'signed-in') {
    try {
      const { body } = await api.session();
      session.value = { state: 'signed-in', user: body.user };
      learnIdleEnd(body.idle_ends_at);
      return body;
    } catch (error) {
      if (!(error instanceof ProblemResponse && error.status === 401)) throw error;
      sessionEnded();
    }
  }
  await api.ready();
  return undefined;
}

function see(seen: Observation): void {
  const before = availability.value;
  const nowMs = Date.now();
  const after = observe(before, seen, nowMs);
  if (after === before) return;
  availability.value = after;
  if (after.state === 'live' && before.state !== 'live') {
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
  // The next look must not wait for the slow rhythm of quiet times.
  watcher.hint();
}

function sessionEnded(): void {
  const before = session.value;
  forgetIdleEnd();
  session.value = before.state === 'signed-in' ? { state: 'expired', user: before.user } : { state: 'signed-out' };
}

function clockText(instantMs: number): string {
  return clockTimeText(instantMs, Date.now());
}

function outageText(outage: Availability): string {
  if (outage.state === 'isolated')
    return `An operator has isolated the database until ${clockText(outage.untilMs)}. You see copies; saving is closed.`;
  return outage.state === 'copies'
    ? 'The database is not answering. You see copies; saving is closed.'
    : 'The server can’t be reached. Changes can’t be saved.';
}

/** Why live answers cannot be had, as an answer of the server tells it. */
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
