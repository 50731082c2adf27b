import { z } from 'zod';
import { sessionSchema, signedInSchema, signInSchema, type SessionUser } from '../../../contract/session.ts';
import { requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { ProblemError } from '../http/problems.ts';
import { isolationEnd } from '../isolation.ts';
import type { AuthParts } from './auth.ts';
import type { KnownUser } from './known-users.ts';
import { knownDevices } from './known-devices.ts';
import { signInProblem, tooManyTries } from './sign-in-problems.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Signing in and out, and who one is. */
export function registerSessionRoutes(app: HttpServer, parts: AuthParts): void {
  const { database, directory, sessions, limits, clock, log } = parts;

  app.post(
    '/api/session',
    {
      config: { access: 'anyone' },
      schema: { tags: ['session'], summary: 'Sign in', body: signInSchema, response: { 200: signedInSchema } },
    },
    async (request) => {
      const { email, password } = request.body;
      const attempt = { account: email, address: request.ip, deviceId: knownDevices.find(request, email) };
      const waitMs = limits.admit(attempt, clock.now());
      if (waitMs > 0) {
        log.warn(
          { event: 'session.limited', correlation_id: request.id },
          'A sign-in was turned away: too many failed before it',
        );
        throw tooManyTries(waitMs);
      }
      const isKnown = attempt.deviceId !== undefined;
      let user: UserRecord | undefined;
      let isRight: boolean;
      try {
        const pipeline = isKnown ? parts.pipeline : parts.strangers;
        user = await pipeline.execute(() => userRepository.findByEmail(parts.users, email), {
          ...request.recovery,
          key: 'session.sign-in',
        });
        isRight = await parts.passwords.verify(password, user?.passwordHash, { ahead: isKnown });
      } catch (error) {
        limits.withdrawn(attempt);
        throw signInProblem(error);
      }
      if (user === undefined || !isRight || user.disabled) {
        log.warn({ event: 'session.refused', correlation_id: request.id, user_id: user?.id }, 'A sign-in failed');
        throw wrongPassword();
      }
      limits.succeeded(attempt);
      knownDevices.remember(request, email);
      const known = directory.learn(user);
      sessions.begin(request, known);
      log.info({ event: 'session.begun', correlation_id: request.id, actor_id: user.id, role: user.role }, 'Signed in');
      return { user: sessionUser(known) };
    },
  );

  app.get(
    '/api/session',
    {
      preHandler: requireSignIn(),
      schema: { tags: ['session'], summary: 'Who am I?', response: { 200: sessionSchema } },
    },
    async (request) => {
      const { actor, signedIn } = request;
      const forMs = parts.isolatedForMs();
      const isUp = database.ready() && signedIn?.source === 'live' && forMs === undefined;
      return {
        user: { id: actor.userId, name: actor.name, email: signedIn?.email ?? '', role: actor.role },
        database: isUp ? ('up' as const) : ('down' as const),
        as_of: String(signedIn?.asOf),
        ...(forMs === undefined ? {} : { isolated_until: isolationEnd(forMs, parts.wallClock) }),
      };
    },
  );

  app.delete(
    '/api/session',
    {
      // Also for somebody whose session cannot be confirmed: leaving must always be possible.
      config: { access: 'anyone' },
      schema: { tags: ['session'], summary: 'Sign out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      sessions.leave(request);
      return reply.code(204).send(null);
    },
  );
}

/** A user as the pages see the person who is signed in. */
export function sessionUser(user: KnownUser): SessionUser {
  return { id: user.id, name: user.name, email: user.email, role: user.role };
}

function wrongPassword(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'wrong_password',
    title: 'Not signed in',
    // One answer for an unknown address, a wrong password and a disabled person: guessing learns nothing.
    detail: 'Incorrect e-mail or password.',
  });
}
