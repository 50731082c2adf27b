import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { activityHeader } from '../../../contract/activity-header.ts';
import type { Identity, SignedIn } from '../http/access.ts';
import { readsOnly } from '../http/problems.ts';
import type { WallClock } from '../wall-clock.ts';
import { authProblem } from './auth-problems.ts';
import { deviceNameOf } from './device-name.ts';
import { deviceCookieName, deviceMs } from './known-devices.ts';
import type { UserCopy } from './user-copies.ts';
import { dropSealedCookie, registerSealedCookies, renewSealedCookie, sealedCookie } from './session-cookies.ts';
import type { SessionRecord } from './session-repository.ts';
import type { SessionWatch, SessionState } from './session-watch.ts';
import { UserUnknownNowError, type Found, type UserDirectory } from './user-directory.ts';

/** The name of the session's cookie. */
export const sessionCookieName = 'school_session';

/** A working day, counted from sign-in; activity does not extend it. */
export const sessionMs = 12 * 60 * 60_000;
/** For this long after the password or a code was entered, sensitive actions need no re-authentication. */
export const recentAuthenticationMs = 10 * 60_000;
/** The time limit of an unfinished sign-in or setup. */
export const unfinishedMs = 10 * 60_000;

/** The session in the sealed cookie. Contains nothing that can become out of date, except the epoch that detects it. */
const ticketSchema = z.object({
  sessionId: z.string(),
  userId: z.string(),
  sessionEpoch: z.int(),
  /** When the user last entered the password or a code. */
  authenticatedAtMs: z.number(),
});
type Ticket = z.infer<typeof ticketSchema>;

const unfinishedSchema = z.object({
  userId: z.string(),
  sessionEpoch: z.int(),
  step: z.enum(['code', 'setup']),
  beganAtMs: z.number(),
});
/** A sign-in with the right password and one step left. Gives access to that step only. */
export type Unfinished = z.infer<typeof unfinishedSchema>;

/** The secret of an authenticator app whose first code has not been entered yet. */
const setupSchema = z.object({ userId: z.string(), secret: z.base64(), beganAtMs: z.number() });
type PendingSetup = z.infer<typeof setupSchema>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requested by open pages automatically, so it does not count as activity of the user. */
    background?: boolean;
  }
}

/** The members of the sealed cookie. */
interface Content {
  readonly ticket?: Ticket;
  readonly unfinished?: Unfinished;
  readonly setup?: PendingSetup | undefined;
}

interface SessionParts {
  readonly directory: UserDirectory;
  readonly watch: SessionWatch;
  /** 32 bytes that seal the session's cookie. */
  readonly key: Buffer;
  /** 32 bytes that seal the cookie of known devices. */
  readonly deviceKey: Buffer;
  readonly wallClock: WallClock;
  /** Writes a new session to the database. */
  readonly open: (request: FastifyRequest, session: SessionRecord, user: UserCopy) => Promise<void>;
  /** Marks a session as ended in the database, if possible. */
  readonly close: (request: FastifyRequest, session: { readonly id: string; readonly userId: string }) => Promise<void>;
}

/** Sessions in a sealed cookie. User and session are checked with each request. */
export class Sessions implements Identity {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  async register(app: FastifyInstance): Promise<void> {
    const { key, deviceKey } = this.#parts;
    await registerSealedCookies(app, [
      { name: sessionCookieName, key, maxAgeMs: sessionMs },
      { name: deviceCookieName, key: deviceKey, maxAgeMs: deviceMs },
    ]);
  }

  async identify(request: FastifyRequest): Promise<SignedIn | undefined> {
    const ticket = ticketOf(request);
    if (ticket === undefined) return undefined;
    const { directory, watch } = this.#parts;
    const { sessionId, userId } = ticket;
    try {
      const found = await directory.find(userId, { correlationId: request.id });
      if (found === undefined || !admits(found, ticket)) return undefined;
      const state = await watch.check({
        sessionId,
        active: isActivity(request),
        source: found.source,
        correlationId: request.id,
      });
      return state && this.#signedInAs(found, ticket, state);
    } catch (error) {
      if (error instanceof UserUnknownNowError) throw authProblem('signInUnconfirmed', error);
      throw error;
    }
  }

  /** Starts a new session and ends the previous one of the browser. */
  async begin(request: FastifyRequest, user: UserCopy): Promise<void> {
    const id = randomUUID();
    const now = this.#now();
    await this.#parts.open(
      request,
      {
        id,
        userId: user.id,
        sessionEpoch: user.sessionEpoch,
        device: deviceNameOf(request.headers['user-agent']),
        createdAt: new Date(now),
        lastSeenAt: new Date(now),
      },
      user,
    );
    await this.#reset(request);
    this.#put(request, {
      ticket: { sessionId: id, userId: user.id, sessionEpoch: user.sessionEpoch, authenticatedAtMs: now },
    });
    this.#parts.watch.begin(id);
  }

  /** Ends the session and removes its cookie, even if nothing can be written. */
  async leave(request: FastifyRequest): Promise<void> {
    await this.end(request);
    dropSealedCookie(request, sessionCookieName);
  }

  /** Ends the session; copies of its cookie become invalid. */
  async end(request: FastifyRequest): Promise<void> {
    const ticket = ticketOf(request);
    if (ticket === undefined) return;
    this.#parts.watch.end([ticket.sessionId]);
    await this.#parts.close(request, { id: ticket.sessionId, userId: ticket.userId });
  }

  /** Records a re-authentication. */
  markAuthenticated(request: FastifyRequest): void {
    const ticket = ticketOf(request);
    if (ticket !== undefined) this.#put(request, { ticket: { ...ticket, authenticatedAtMs: this.#now() } });
  }

  /** Keeps the session after a change of the user's epoch. */
  keep(request: FastifyRequest, sessionEpoch: number): void {
    const ticket = ticketOf(request);
    if (ticket !== undefined)
      this.#put(request, { ticket: { ...ticket, sessionEpoch, authenticatedAtMs: this.#now() } });
  }

  /** Replaces the session by an unfinished sign-in. @returns its deadline, in milliseconds since the epoch */
  async postpone(request: FastifyRequest, user: UserCopy, step: Unfinished['step']): Promise<number> {
    const beganAtMs = this.#now();
    await this.#reset(request);
    this.#put(request, { unfinished: { userId: user.id, sessionEpoch: user.sessionEpoch, step, beganAtMs } });
    return beganAtMs + unfinishedMs;
  }

  /** The unfinished sign-in; `undefined` when there is none or it took too long. */
  unfinished(request: FastifyRequest): Unfinished | undefined {
    const { data } = unfinishedSchema.safeParse(contentOf(request, 'unfinished'));
    return data !== undefined && this.#isWithin(data.beganAtMs, unfinishedMs) ? data : undefined;
  }

  /** Stores the secret of an app in the sealed cookie. @returns the deadline of its first code, in milliseconds */
  beginSetup(request: FastifyRequest, userId: string, secret: Buffer): number {
    const beganAtMs = this.#now();
    this.#put(request, { setup: { userId, secret: secret.toString('base64'), beganAtMs } });
    return beganAtMs + unfinishedMs;
  }

  /** The secret of an unfinished setup; `undefined` when there is none, it is another user's or it took too long. */
  setupSecret(request: FastifyRequest, userId: string): Buffer | undefined {
    const { data } = setupSchema.safeParse(contentOf(request, 'setup'));
    if (data === undefined || data.userId !== userId || !this.#isWithin(data.beganAtMs, unfinishedMs)) return undefined;
    return Buffer.from(data.secret, 'base64');
  }

  endSetup(request: FastifyRequest): void {
    this.#put(request, { setup: undefined });
  }

  /** Ends the session of the cookie, empties it, and restarts its lifetime. */
  async #reset(request: FastifyRequest): Promise<void> {
    await this.end(request);
    const cookie = sealedCookie(request, sessionCookieName);
    cookie.regenerate();
    renewSealedCookie(cookie);
  }

  #put(request: FastifyRequest, content: Content): void {
    const cookie = sealedCookie(request, sessionCookieName);
    // The library's types allow for only one kind of cookie.
    for (const [member, value] of Object.entries(content)) cookie.set(member as never, value as never);
  }

  #signedInAs({ user, source }: Found, ticket: Ticket, { idleEndsAtMs }: SessionState): SignedIn {
    return {
      actor: { userId: user.id, schoolId: user.schoolId, role: user.role, name: user.name },
      email: user.email,
      asOf: Temporal.Instant.fromEpochMilliseconds(user.asOfMs),
      source,
      session: { id: ticket.sessionId, idleEndsAt: Temporal.Instant.fromEpochMilliseconds(idleEndsAtMs) },
      recentlyAuthenticated: this.#isWithin(ticket.authenticatedAtMs, recentAuthenticationMs),
    };
  }

  /** Absolute, so that setting the wall clock back makes nothing recent. */
  #isWithin(atMs: number, limitMs: number): boolean {
    return Math.abs(this.#now() - atMs) <= limitMs;
  }

  #now(): number {
    return this.#parts.wallClock.now().epochMilliseconds;
  }
}

/** Whether a request is activity of the user: pages send a header; without it, all but automatic requests count. */
function isActivity(request: FastifyRequest): boolean {
  if (!readsOnly(request.method)) return true;
  const activity = request.headers[activityHeader];
  if (activity !== undefined) return activity === 'recent';
  return request.routeOptions.config.background !== true;
}

/** Whether the ticket is valid. A copy never admits more than the database would. */
function admits({ user, source }: Found, ticket: Ticket): boolean {
  if (user.disabled) return false;
  if (user.sessionEpoch === ticket.sessionEpoch) return true;
  // The cookie is newer than the copy, so it can't be checked now.
  if (source === 'copy' && ticket.sessionEpoch > user.sessionEpoch) throw new UserUnknownNowError(undefined);
  return false;
}

function contentOf(request: FastifyRequest, member: keyof Content): unknown {
  return sealedCookie(request, sessionCookieName).get(member);
}

function ticketOf(request: FastifyRequest): Ticket | undefined {
  const { data } = ticketSchema.safeParse(contentOf(request, 'ticket'));
  return data;
}
