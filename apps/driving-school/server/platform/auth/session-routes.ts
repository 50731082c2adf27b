import { z } from 'zod';
import { signInStepSchema } from '../../../contract/account.ts';
import { sessionSchema, signedInSchema, signInSchema } from '../../../contract/session.ts';
import { requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { isolationEnd } from '../isolation.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem, signInProblem, tooManyAttempts } from './auth-problems.ts';
import { knownDevices } from './known-devices.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Adds the routes of signing in, signing out, and the current session. */
export function registerSessionRoutes(app: HttpServer, parts: AuthParts): void {
  const { database, sessions, steps, limits, clock, log } = parts;

  app.post(
    '/api/session',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Sign in; 202 means that a second factor is required',
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
          'A sign-in was refused after too many failed ones',
        );
        throw tooManyAttempts(waitMs);
      }
      const isKnown = attempt.deviceId !== undefined;
      let user: UserRecord | undefined;
      let isRight: boolean;
      try {
        const pipeline = isKnown ? parts.pipeline : parts.anonymous;
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
      // Not `succeeded`: repeating the right password must not reset the limit of guesses at the code.
      limits.withdrawn(attempt);
      return reply.code(202).send(outcome.step);
    },
  );

  app.get(
    '/api/session',
    {
      preHandler: requireSignIn(),
      // Open pages poll it.
      config: { background: true },
      schema: { tags: ['session'], summary: 'Get the current session', response: { 200: sessionSchema } },
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
        ...(parts.demonstrationClock === undefined
          ? {}
          : { school_now: parts.demonstrationClock.now().toString({ smallestUnit: 'millisecond' }) }),
      };
    },
  );

  app.delete(
    '/api/session',
    {
      // Signing out must work even when the session can't be confirmed.
      config: { access: 'anyone' },
      schema: { tags: ['session'], summary: 'Sign out', response: { 204: z.null() } },
    },
    async (request, reply) => {
      await sessions.leave(request);
      return reply.code(204).send(null);
    },
  );
}
