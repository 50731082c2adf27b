import { z } from 'zod';
import { signInStepSchema } from '../../../contract/account.ts';
import { sessionSchema, signedInSchema, signInSchema } from '../../../contract/session.ts';
import { requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { isolationEnd } from '../isolation.ts';
import { authProblem, signInProblem, tooManyAttempts } from './auth-problems.ts';
import type { AuthParts } from './auth.ts';
import { knownDevices } from './known-devices.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Signing in and out, and who one is. */
export function registerSessionRoutes(app: HttpServer, parts: AuthParts): void {
  const { database, sessions, steps, limits, clock, log } = parts;

  app.post(
    '/api/session',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Sign in; 202 means that a second factor is asked for',
        body: signInSchema,
        response: { 200: signedInSchema, 202: signInStepSchema },
      },
    },
    async (request, reply) => {
      const { email, password } = request.body;
      const attempt = { account: email, address: request.ip, deviceId: knownDevices.find(request, email) };
      const waitMs = limits.admit(attempt, clock.now());
      if (waitMs > 0) {
        log.warn(
          { event: 'session.limited', correlation_id: request.id },
          'A sign-in was turned away: too many failed before it',
        );
        throw tooManyAttempts(waitMs);
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
        throw authProblem('wrongEmailOrPassword');
      }
      const outcome = await steps.advance(request, user).catch((error: unknown) => {
        limits.withdrawn(attempt);
        throw signInProblem(error);
      });
      if (outcome.kind === 'signed-in') {
        limits.succeeded(attempt);
        return { user: outcome.user };
      }
      // Not a success yet: who knows the password must not get ever new guesses at the code by giving it again.
      limits.withdrawn(attempt);
      return reply.code(202).send(outcome.step);
    },
  );

  app.get(
    '/api/session',
    {
      preHandler: requireSignIn(),
      // Open pages ask this by themselves.
      config: { background: true },
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
        ...(signedIn?.session === undefined ? {} : { idle_ends_at: String(signedIn.session.idleEndsAt) }),
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
      await sessions.leave(request);
      return reply.code(204).send(null);
    },
  );
}
