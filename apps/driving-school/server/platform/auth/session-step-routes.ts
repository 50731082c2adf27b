import { z } from 'zod';
import {
  codeAcceptedSchema,
  codeSchema,
  confirmSchema,
  enrolmentSchema,
  setUpSchema,
} from '../../../contract/account.ts';
import { requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem } from './auth-problems.ts';
import { beginSetup, finishSetup } from './second-factor-setup.ts';
import { userRepository } from './user-repository.ts';

/** Adds the routes of the steps after the password: a code, setting up a second factor, and re-authentication. */
export function registerSessionStepRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, pipeline, sessions, steps, credentials, log } = parts;

  app.post(
    '/api/session/code',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Finish signing in with a code of the authenticator app, or a recovery code',
        body: codeSchema,
        response: { 200: codeAcceptedSchema },
      },
    },
    async (request) => {
      const user = await steps.at('code', request);
      const { recoveryCodesLeft: left } = await credentials.code(request, user, request.body.code);
      const signedIn = await steps.finish(request, user);
      return { user: signedIn, ...(left === undefined ? {} : { recovery_codes_left: left }) };
    },
  );

  app.post(
    '/api/session/setup/secret',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Begin setting up the second factor that the school requires, before signing in',
        response: { 200: enrolmentSchema },
      },
    },
    async (request) => beginSetup(request, await steps.at('setup', request), parts),
  );

  app.post(
    '/api/session/setup',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Turn the second factor on with the first code of the app, and finish signing in',
        body: codeSchema,
        response: { 200: setUpSchema },
      },
    },
    async (request) => {
      const user = await steps.at('setup', request);
      const recoveryCodes = await finishSetup(request, user, request.body.code, parts);
      return { user: await steps.finish(request, user), recovery_codes: recoveryCodes };
    },
  );

  app.post(
    '/api/session/confirm',
    {
      preHandler: requireSignIn(),
      schema: {
        tags: ['session'],
        summary: 'Re-authenticate with the password or a code, before a sensitive action',
        body: confirmSchema,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { password, code } = request.body;
      const user = await pipeline.execute(() => userRepository.find(users, request.actor.userId), {
        ...request.recovery,
        key: 'session.confirm',
      });
      if (user === undefined) throw authProblem('wrongPassword');
      if (code !== undefined) {
        await credentials.code(request, user, code);
      } else if (!(await credentials.password(request, user, password ?? ''))) {
        log.warn(
          { event: 'session.confirm_refused', correlation_id: request.id, actor_id: user.id },
          'A re-authentication failed',
        );
        throw authProblem('wrongPassword');
      }
      sessions.markAuthenticated(request);
      return reply.code(204).send(null);
    },
  );
}
