import { z } from 'zod';
import { codeSchema, enrolmentSchema, recoveryCodesSchema, secondFactorRuleSchema } from '../../../contract/account.ts';
import type { FastifyRequest } from 'fastify';
import { changedUserSchema } from '../../../contract/session.ts';
import { AuditLog } from '../audit/audit.ts';
import { requireRecentAuthentication, requireRole, requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem } from './auth-problems.ts';
import type { IdentityTables } from './identity-tables.ts';
import { beginSetup, finishSetup } from './second-factor-setup.ts';
import { recordPersonEvent } from './person-audit.ts';
import { userRepository, type UserRecord } from './user-repository.ts';
import { ofSchool, userOf } from './user-routes.ts';

/** Adds the routes of second factors: the user's own, those of others, and the rule of the school. */
export function registerSecondFactorRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, pipeline, directory, factors, log } = parts;
  const ofUser = z.object({ id: z.uuid('This is not the ID of a person.') });

  app.post(
    '/api/account/second-factor/secret',
    {
      preHandler: [requireSignIn(), requireRecentAuthentication()],
      schema: {
        tags: ['account'],
        summary: 'Begin setting up an authenticator app',
        response: { 200: enrolmentSchema },
      },
    },
    async (request) => beginSetup(request, await self(request), parts),
  );

  app.put(
    '/api/account/second-factor',
    {
      preHandler: [requireSignIn(), requireRecentAuthentication()],
      schema: {
        tags: ['account'],
        summary: 'Turn your second factor on with the first code of the app',
        body: codeSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => ({
      recovery_codes: await finishSetup(request, await self(request), request.body.code, parts),
    }),
  );

  app.delete(
    '/api/account/second-factor',
    {
      preHandler: [requireSignIn(), requireRecentAuthentication()],
      schema: { tags: ['account'], summary: 'Turn your second factor off', response: { 204: z.null() } },
    },
    async (request, reply) => {
      const user = await self(request);
      if (user.needsSecondFactor) throw authProblem('secondFactorRequired');
      await pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            if (!(await factors.remove(transaction, user.id))) return;
            await recordPersonEvent(transaction, { actorId: user.id, person: user, action: 'second_factor.disabled' });
          }),
        { ...request.recovery, key: 'second-factor.disable' },
      );
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/account/second-factor/recovery-codes',
    {
      preHandler: [requireSignIn(), requireRecentAuthentication()],
      schema: {
        tags: ['account'],
        summary: 'Get new recovery codes; the old ones no longer work',
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { userId, schoolId } = request.actor;
      const codes = await pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            const made = await factors.renewRecoveryCodes(transaction, userId);
            if (made === undefined) return undefined;
            await recordPersonEvent(transaction, {
              actorId: userId,
              person: { id: userId, schoolId },
              action: 'recovery_codes.created',
              detail: { count: made.length },
            });
            return made;
          }),
        { ...request.recovery, key: 'recovery-codes.renew' },
      );
      if (codes === undefined) throw authProblem('secondFactorOff');
      return { recovery_codes: codes };
    },
  );

  app.put(
    '/api/account/second-factor/rule',
    {
      preHandler: [requireRole('owner'), requireRecentAuthentication()],
      schema: {
        tags: ['account'],
        summary: 'Require a second factor of owners and operators, or no longer',
        body: secondFactorRuleSchema,
        response: { 200: secondFactorRuleSchema },
      },
    },
    async (request) => {
      const { required } = request.body;
      const owner = await self(request);
      if (required && !owner.hasSecondFactor) throw authProblem('ownSecondFactorOff');
      await pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            await transaction
              .updateTable('schools')
              .set({ second_factor_required: required })
              .where('id', '=', owner.schoolId)
              .execute();
            await AuditLog.record<IdentityTables>(transaction, {
              schoolId: owner.schoolId,
              actorId: owner.id,
              action: 'second_factor.required',
              subjectKind: 'school',
              subjectId: owner.schoolId,
              detail: { required },
            });
          }),
        { ...request.recovery, key: 'second-factor.rule' },
      );
      return { required };
    },
  );

  app.delete(
    '/api/users/:id/second-factor',
    {
      preHandler: [requireRole('owner'), requireRecentAuthentication()],
      schema: {
        tags: ['people'],
        summary: 'Reset the second factor of a person who has lost it; signs them out',
        params: ofUser,
        response: { 200: changedUserSchema },
      },
    },
    async (request) => {
      const { actor } = request;
      const changed = await pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            const user = ofSchool(await userRepository.find(transaction, request.params.id), actor.schoolId);
            if (!(await factors.remove(transaction, user.id))) return user;
            await recordPersonEvent(transaction, {
              actorId: actor.userId,
              person: user,
              action: 'second_factor.reset',
              detail: { by: 'owner' },
            });
            return userRepository.update(transaction, user.id, { endsSessions: true });
          }),
        { ...request.recovery, key: 'second-factor.reset' },
      );
      directory.learn(changed);
      log.info(
        {
          event: 'second_factor.reset',
          correlation_id: request.id,
          actor_id: actor.userId,
          user_id: changed.id,
        },
        'A second factor was reset',
      );
      return { data: userOf(changed) };
    },
  );

  async function self(request: FastifyRequest): Promise<UserRecord> {
    const { userId, schoolId } = request.actor;
    return ofSchool(
      await pipeline.execute(() => userRepository.find(users, userId), { ...request.recovery, key: 'account.self' }),
      schoolId,
    );
  }
}
