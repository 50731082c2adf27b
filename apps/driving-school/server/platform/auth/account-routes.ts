import { z } from 'zod';
import {
  accountSchema,
  endedSessionsSchema,
  ownSessionListSchema,
  passwordChangeSchema,
} from '../../../contract/account.ts';
import type { FastifyRequest } from 'fastify';
import { signedInSchema } from '../../../contract/session.ts';
import { AuditLog } from '../audit/audit.ts';
import { requireSignIn } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import { invalidValues } from '../http/problems.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem, signInProblem } from './auth-problems.ts';
import type { IdentityTables } from './identity-tables.ts';
import { recordPersonEvent } from './person-audit.ts';
import { sessionRepository } from './session-repository.ts';
import { sessionUser } from './session-user.ts';
import { sessionMs } from './sessions.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Adds the routes of *My account*, for every role: profile, password and sessions. */
export function registerAccountRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, pipeline, directory, sessions, watch, factors, passwords, weakPasswords, credentials } = parts;
  const ofSession = z.object({ id: z.uuid('This is not the ID of a session.') });

  app.get(
    '/api/account',
    {
      preHandler: requireSignIn(),
      schema: { tags: ['account'], summary: 'Your account', response: { 200: accountSchema } },
    },
    async (request) => {
      const { user, status } = await pipeline.execute(
        async () => ({
          user: await userRepository.find(users, request.actor.userId),
          status: await factors.status(users, request.actor.userId),
        }),
        { ...request.recovery, key: 'account.read' },
      );
      const found = present(user);
      return {
        user: { id: found.id, name: found.name, email: found.email ?? '', role: found.role },
        second_factor: {
          enabled: status !== undefined,
          enabled_at: status?.enabledAt.toISOString() ?? null,
          recovery_codes_left: status?.recoveryCodesLeft ?? 0,
          required: found.needsSecondFactor,
          rule: found.schoolNeedsSecondFactor,
        },
      };
    },
  );

  app.post(
    '/api/account/password',
    {
      preHandler: requireSignIn(),
      schema: {
        tags: ['account'],
        summary: 'Change your password; ends your other sessions',
        body: passwordChangeSchema,
        response: { 200: signedInSchema },
      },
    },
    async (request) => {
      const { current_password: current, new_password: wanted } = request.body;
      const user = await read(request, 'account.password');
      if (!(await credentials.password(request, user, current))) {
        throw passwordUnchanged('/current_password', 'wrong_password', 'This is not your current password.');
      }
      const owner = { name: user.name, email: user.email ?? '', schoolName: user.schoolName };
      const problem =
        wanted === current
          ? 'This is your current password. Choose another one.'
          : await weakPasswords.problem(wanted, owner);
      if (problem !== undefined) throw passwordUnchanged('/new_password', 'weak_password', problem);
      const passwordHash = await passwords.hash(wanted).catch((error: unknown) => {
        throw signInProblem(error);
      });
      const { changed, ended } = await pipeline.execute(
        () =>
          users.transaction().execute(async (transaction) => {
            const updated = await userRepository.update(transaction, user.id, { passwordHash, endsSessions: true });
            await sessionRepository.keep(transaction, ownSessionId(request), updated.sessionEpoch);
            const others = await sessionRepository.end(transaction, user.id, { allBut: ownSessionId(request) }, now());
            await recordPersonEvent(transaction, {
              actorId: user.id,
              person: user,
              action: 'password.changed',
              detail: { by: 'account', sessions_ended: others.length },
            });
            return { changed: updated, ended: others };
          }),
        { ...request.recovery, key: 'account.password' },
      );
      watch.end(ended);
      const known = directory.learn(changed);
      sessions.keep(request, changed.sessionEpoch);
      return { user: sessionUser(known) };
    },
  );

  app.get(
    '/api/account/sessions',
    {
      preHandler: requireSignIn(),
      schema: { tags: ['account'], summary: 'Where you are signed in', response: { 200: ownSessionListSchema } },
    },
    async (request) => {
      const nowMs = now().getTime();
      const since = { start: new Date(nowMs - sessionMs), lastSeen: new Date(nowMs - parts.idleMs) };
      const open = await pipeline.execute(() => sessionRepository.listOpen(users, request.actor.userId, since), {
        ...request.recovery,
        key: 'account.sessions',
      });
      return {
        data: open
          // Ended on this server while the database was unavailable.
          .filter(({ id }) => !watch.hasEnded(id))
          .map(({ id, device, createdAt, lastSeenAt }) => ({
            id,
            device,
            created_at: createdAt.toISOString(),
            last_seen_at: lastSeenAt.toISOString(),
            current: id === request.signedIn?.session?.id,
          })),
      };
    },
  );

  app.delete(
    '/api/account/sessions/:id',
    {
      preHandler: requireSignIn(),
      schema: {
        tags: ['account'],
        summary: 'Sign out on another device',
        params: ofSession,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ended = await endSessions(request, { only: request.params.id });
      if (ended === 0) throw authProblem('sessionNotFound');
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/account/sessions',
    {
      preHandler: requireSignIn(),
      schema: {
        tags: ['account'],
        summary: 'Sign out on all devices but this one',
        response: { 200: endedSessionsSchema },
      },
    },
    async (request) => ({ ended: await endSessions(request, { allBut: ownSessionId(request) }) }),
  );

  async function endSessions(
    request: FastifyRequest,
    which: { readonly only: string } | { readonly allBut: string },
  ): Promise<number> {
    const { userId, schoolId } = request.actor;
    const ended = await pipeline.execute(
      () =>
        users.transaction().execute(async (transaction) => {
          const ids = await sessionRepository.end(transaction, userId, which, now());
          const [first] = ids;
          if (first !== undefined) {
            await AuditLog.record<IdentityTables>(transaction, {
              schoolId,
              actorId: userId,
              action: 'only' in which ? 'session.ended' : 'sessions.ended',
              subjectKind: 'only' in which ? 'session' : 'person',
              subjectId: 'only' in which ? first : userId,
              detail: { count: ids.length },
            });
          }
          return ids;
        }),
      { ...request.recovery, key: 'account.sessions.end' },
    );
    watch.end(ended);
    return ended.length;
  }

  async function read(request: FastifyRequest, key: string): Promise<UserRecord> {
    return present(
      await pipeline.execute(() => userRepository.find(users, request.actor.userId), { ...request.recovery, key }),
    );
  }

  function now(): Date {
    return new Date(parts.wallClock.now().epochMilliseconds);
  }
}

function ownSessionId(request: FastifyRequest): string {
  const id = request.signedIn?.session?.id;
  // The routes require a signed-in user, and only sessions sign users in.
  if (id === undefined) throw new TypeError('The request has no session.');
  return id;
}

function present(user: UserRecord | undefined): UserRecord {
  if (user !== undefined) return user;
  throw authProblem('accountNotFound');
}

function passwordUnchanged(pointer: string, code: string, message: string): Error {
  return invalidValues([{ pointer, code, message }], 'Your password was not changed');
}
