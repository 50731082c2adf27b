import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Identity, SignedIn } from '../http/access.ts';
import { ProblemError } from '../http/problems.ts';
import type { Log } from '../logs/log.ts';
import type { WallClock } from '../wall-clock.ts';
import { deviceCookieName, deviceMs } from './known-devices.ts';
import type { KnownUser, KnownUsers } from './known-users.ts';
import { dropSealedCookie, registerSealedCookies, renewSealedCookie, sealedCookie } from './session-cookies.ts';
import { UserUnknownNowError, type Found, type UserDirectory } from './user-directory.ts';

export const sessionCookieName = 'school_session';

/** A working day. Counted from sign-in: it does not grow with use. */
export const sessionMs = 12 * 60 * 60_000;

/** What the sealed cookie holds: nothing that could be out of date but the number that says so. */
const ticketSchema = z.object({ sessionId: z.string(), userId: z.string(), sessionEpoch: z.int() });
type Ticket = z.infer<typeof ticketSchema>;

interface SessionParts {
  readonly directory: UserDirectory;
  readonly copies: KnownUsers;
  /** 32 bytes that seal the session's cookie. */
  readonly key: Buffer;
  /** 32 bytes that seal the cookie of known devices. */
  readonly deviceKey: Buffer;
  readonly wallClock: WallClock;
  readonly log: Log;
}

/** Sessions in a sealed cookie, checked against what is known of the person at each request. */
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
    if (ticket === undefined || this.#parts.copies.hasEnded(ticket.sessionId)) return undefined;
    let found: Found | undefined;
    try {
      found = await this.#parts.directory.find(ticket.userId, { correlationId: request.id });
      if (found === undefined || !admits(found, ticket)) return undefined;
    } catch (error) {
      if (error instanceof UserUnknownNowError) throw cannotConfirm(error);
      throw error;
    }
    return signedInAs(found);
  }

  /** Gives the browser a new session. Whatever it carried before ends. */
  begin(request: FastifyRequest, user: KnownUser): void {
    this.end(request);
    const cookie = sealedCookie(request, sessionCookieName);
    cookie.regenerate();
    renewSealedCookie(cookie);
    const ticket: Ticket = {
      sessionId: randomBytes(16).toString('hex'),
      userId: user.id,
      sessionEpoch: user.sessionEpoch,
    };
    cookie.set('ticket' as never, ticket as never);
  }

  /** Ends the session and removes its cookie. Works also when nothing can be written. */
  leave(request: FastifyRequest): void {
    this.end(request);
    dropSealedCookie(request, sessionCookieName);
  }

  /** Ends the session: a copy of the cookie is of no use any more. */
  end(request: FastifyRequest): void {
    const ticket = ticketOf(request);
    if (ticket === undefined) return;
    const error = this.#parts.copies.endSession(ticket.sessionId, this.#parts.wallClock.now().epochMilliseconds);
    if (error === undefined) return;
    this.#parts.log.error(
      { event: 'session.end_not_written', correlation_id: request.id, err: error },
      'A sign-out could not be written to the data folder. It holds until the program stops: make room on the disk',
    );
  }
}

/** The same verdict from a copy as from the database, or a stricter one. */
function admits({ user, source }: Found, ticket: Ticket): boolean {
  if (user.disabled) return false;
  if (user.sessionEpoch === ticket.sessionEpoch) return true;
  // The cookie is newer than the copy: it may be good, but nobody can say so now.
  if (source === 'copy' && ticket.sessionEpoch > user.sessionEpoch) throw new UserUnknownNowError(undefined);
  return false;
}

function signedInAs({ user, source }: Found): SignedIn {
  return {
    actor: { userId: user.id, schoolId: user.schoolId, role: user.role, name: user.name },
    email: user.email,
    asOf: Temporal.Instant.fromEpochMilliseconds(user.asOfMs),
    source,
  };
}

function ticketOf(request: FastifyRequest): Ticket | undefined {
  const { data } = ticketSchema.safeParse(sealedCookie(request, sessionCookieName).get('ticket'));
  return data;
}

function cannotConfirm(cause: UserUnknownNowError): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'sign_in_unconfirmed',
    title: 'Temporarily unavailable',
    detail:
      "The database can't be reached, and this machine has no recent copy of your account to go on with. Try again in a minute.",
    headers: { 'retry-after': '5' },
    cause,
  });
}
