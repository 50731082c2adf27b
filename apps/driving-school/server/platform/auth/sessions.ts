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
import type { KnownUser } from './known-users.ts';
import { dropSealedCookie, registerSealedCookies, renewSealedCookie, sealedCookie } from './session-cookies.ts';
import type { SessionRecord } from './session-repository.ts';
import type { SessionWatch, Standing } from './session-watch.ts';
import { UserUnknownNowError, type Found, type UserDirectory } from './user-directory.ts';

export const sessionCookieName = 'school_session';

/** A working day. Counted from sign-in: it does not grow with use. */
export const sessionMs = 12 * 60 * 60_000;
/** For this long after the password or a code was given, sensitive acts need no further proof. */
export const recentAuthenticationMs = 10 * 60_000;
/** The password is asked for again when a sign-in or a setup that was begun takes longer than this. */
export const unfinishedMs = 10 * 60_000;

/** What the sealed cookie holds: nothing that could be out of date but the number that says so. */
const ticketSchema = z.object({
  sessionId: z.string(),
  userId: z.string(),
  sessionEpoch: z.int(),
  /** When the person last gave the password or a code. */
  authenticatedAtMs: z.number(),
});
type Ticket = z.infer<typeof ticketSchema>;

/** A sign-in of which the password was right and a step is left. Opens nothing but that step. */
const unfinishedSchema = z.object({
  userId: z.string(),
  sessionEpoch: z.int(),
  step: z.enum(['code', 'setup']),
  beganAtMs: z.number(),
});
export type Unfinished = z.infer<typeof unfinishedSchema>;

/** The secret of an authenticator app whose first code has not been given yet. */
const enrolmentSchema = z.object({ userId: z.string(), secret: z.base64(), beganAtMs: z.number() });
type PendingEnrolment = z.infer<typeof enrolmentSchema>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by open pages by themselves: does not count as activity of the person. */
    background?: boolean;
  }
}

/** The members of the sealed cookie. */
interface Content {
  readonly ticket?: Ticket;
  readonly unfinished?: Unfinished;
  readonly enrolment?: PendingEnrolment | undefined;
}

interface SessionParts {
  readonly directory: UserDirectory;
  readonly watch: SessionWatch;
  /** 32 bytes that seal the session's cookie. */
  readonly key: Buffer;
  /** 32 bytes that seal the cookie of known devices. */
  readonly deviceKey: Buffer;
  readonly wallClock: WallClock;
  /** Writes the row of a new session. */
  readonly open: (request: FastifyRequest, session: SessionRecord, user: KnownUser) => Promise<void>;
  /** Marks a session as ended in the database, if that can be done now. */
  readonly close: (request: FastifyRequest, session: { readonly id: string; readonly userId: string }) => Promise<void>;
}

/** Sessions in a sealed cookie, checked against what is known of person and session at each request. */
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
      const standing = await watch.check({
        sessionId,
        active: isActivity(request),
        source: found.source,
        correlationId: request.id,
      });
      return standing && this.#signedInAs(found, ticket, standing);
    } catch (error) {
      if (error instanceof UserUnknownNowError) throw authProblem('signInUnconfirmed', error);
      throw error;
    }
  }

  /** Gives the browser a new session. Whatever it carried before ends. */
  async begin(request: FastifyRequest, user: KnownUser): Promise<void> {
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
    await this.#startAfresh(request);
    this.#put(request, {
      ticket: { sessionId: id, userId: user.id, sessionEpoch: user.sessionEpoch, authenticatedAtMs: now },
    });
    this.#parts.watch.begin(id);
  }

  /** Ends the session and removes its cookie. Works also when nothing can be written. */
  async leave(request: FastifyRequest): Promise<void> {
    await this.end(request);
    dropSealedCookie(request, sessionCookieName);
  }

  /** Ends the session; a copy of the cookie is of no use any more. */
  async end(request: FastifyRequest): Promise<void> {
    const ticket = ticketOf(request);
    if (ticket === undefined) return;
    this.#parts.watch.end([ticket.sessionId]);
    await this.#parts.close(request, { id: ticket.sessionId, userId: ticket.userId });
  }

  /** The person has just given the password or a code again. */
  prove(request: FastifyRequest): void {
    const ticket = ticketOf(request);
    if (ticket !== undefined) this.#put(request, { ticket: { ...ticket, authenticatedAtMs: this.#now() } });
  }

  /** The person's epoch has changed and this session outlives it. */
  keep(request: FastifyRequest, sessionEpoch: number): void {
    const ticket = ticketOf(request);
    if (ticket !== undefined)
      this.#put(request, { ticket: { ...ticket, sessionEpoch, authenticatedAtMs: this.#now() } });
  }

  /** Remembers in the browser's cookie, instead of what it held, that a step is left. @returns when it must be done, milliseconds since the epoch */
  async postpone(request: FastifyRequest, user: KnownUser, step: Unfinished['step']): Promise<number> {
    const beganAtMs = this.#now();
    await this.#startAfresh(request);
    this.#put(request, { unfinished: { userId: user.id, sessionEpoch: user.sessionEpoch, step, beganAtMs } });
    return beganAtMs + unfinishedMs;
  }

  /** The sign-in of which a step is left; nothing when there is none or it took too long. */
  unfinished(request: FastifyRequest): Unfinished | undefined {
    const { data } = unfinishedSchema.safeParse(contentOf(request, 'unfinished'));
    return data !== undefined && this.#isWithin(data.beganAtMs, unfinishedMs) ? data : undefined;
  }

  /** Keeps the secret of an app in the sealed cookie until its first code. @returns when that must come, in milliseconds */
  beginEnrolment(request: FastifyRequest, userId: string, secret: Buffer): number {
    const beganAtMs = this.#now();
    this.#put(request, { enrolment: { userId, secret: secret.toString('base64'), beganAtMs } });
    return beganAtMs + unfinishedMs;
  }

  /** The secret that waits for its first code; nothing when there is none, it is another person's or it took too long. */
  enrolment(request: FastifyRequest, userId: string): Buffer | undefined {
    const { data } = enrolmentSchema.safeParse(contentOf(request, 'enrolment'));
    if (data === undefined || data.userId !== userId || !this.#isWithin(data.beganAtMs, unfinishedMs)) return undefined;
    return Buffer.from(data.secret, 'base64');
  }

  endEnrolment(request: FastifyRequest): void {
    this.#put(request, { enrolment: undefined });
  }

  /** An empty cookie, whose age counts from now. The session that it held ends. */
  async #startAfresh(request: FastifyRequest): Promise<void> {
    await this.end(request);
    const cookie = sealedCookie(request, sessionCookieName);
    cookie.regenerate();
    renewSealedCookie(cookie);
  }

  #put(request: FastifyRequest, content: Content): void {
    const cookie = sealedCookie(request, sessionCookieName);
    // The library's types know one kind of cookie; there are two.
    for (const [member, value] of Object.entries(content)) cookie.set(member as never, value as never);
  }

  #signedInAs({ user, source }: Found, ticket: Ticket, { idleEndsAtMs }: Standing): SignedIn {
    return {
      actor: { userId: user.id, schoolId: user.schoolId, role: user.role, name: user.name },
      email: user.email,
      asOf: Temporal.Instant.fromEpochMilliseconds(user.asOfMs),
      source,
      session: { id: ticket.sessionId, idleEndsAt: Temporal.Instant.fromEpochMilliseconds(idleEndsAtMs) },
      recentlyAuthenticated: this.#isWithin(ticket.authenticatedAtMs, recentAuthenticationMs),
    };
  }

  /** The distance in either direction: a wall clock that was set back must not make anything recent. */
  #isWithin(atMs: number, limitMs: number): boolean {
    return Math.abs(this.#now() - atMs) <= limitMs;
  }

  #now(): number {
    return this.#parts.wallClock.now().epochMilliseconds;
  }
}

/** Whether a request shows that somebody is at the device. Pages say so; of others, those count that no page makes by itself. */
function isActivity(request: FastifyRequest): boolean {
  if (!readsOnly(request.method)) return true;
  const said = request.headers[activityHeader];
  if (said !== undefined) return said === 'recent';
  return request.routeOptions.config.background !== true;
}

/** The same verdict from a copy as from the database, or a stricter one. */
function admits({ user, source }: Found, ticket: Ticket): boolean {
  if (user.disabled) return false;
  if (user.sessionEpoch === ticket.sessionEpoch) return true;
  // The cookie is newer than the copy: it may be good, but nobody can say so now.
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
