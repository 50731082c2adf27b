import { z } from 'zod';
import {
  changedUserSchema,
  invitedSchema,
  inviteSchema,
  linkRequestSchema,
  userChangeSchema,
  userListSchema,
  type Actor,
  type User,
  type UserChange,
} from '../../../contract/session.ts';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { assertRecentAuthentication, requireRecentAuthentication, requireRole } from '../http/access.ts';
import type { HttpServer } from '../http/http.ts';
import type { AuthParts } from './auth-parts.ts';
import { invalidValues } from '../http/problems.ts';
import { authProblem, emailTaken } from './auth-problems.ts';
import type { IdentityTables } from './identity-tables.ts';
import { oneTimeLinks, type OneTimeLink } from './one-time-links.ts';
import { recordPersonEvent, type PersonEvent } from './person-audit.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Adds the routes of the people of the school, for its owner. */
export function registerUserRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, pipeline, directory, log } = parts;
  const ofUser = z.object({ id: z.uuid('This is not the ID of a person.') });

  app.get(
    '/api/users',
    {
      preHandler: requireRole('owner'),
      schema: { tags: ['people'], summary: 'List the people of the school', response: { 200: userListSchema } },
    },
    async (request) => {
      const found = await pipeline.execute(() => userRepository.list(users, request.actor.schoolId), {
        ...request.recovery,
        key: 'users.list',
      });
      return { data: found.map(userOf) };
    },
  );

  app.post(
    '/api/users',
    {
      preHandler: [requireRole('owner'), requireRecentAuthentication()],
      schema: {
        tags: ['people'],
        summary: 'Invite someone; the response has the link to pass on',
        body: inviteSchema,
        response: { 201: invitedSchema },
      },
    },
    async (request, reply) => {
      const { schoolId } = request.actor;
      const invited = await pipeline
        .execute(
          () =>
            users.transaction().execute(async (transaction) => {
              const user = await userRepository.insert(transaction, { schoolId, ...request.body });
              await recordPersonEvent(transaction, {
                actorId: request.actor.userId,
                action: 'person.invited',
                person: user,
                detail: { role: user.role },
              });
              return { user, link: await oneTimeLinks.issue(transaction, user.id, 'invited') };
            }),
          { ...request.recovery, key: 'users.invite' },
        )
        .catch((error: unknown) => {
          throw emailTaken(error) ?? error;
        });
      log.info({ event: 'user.invited', ...auditOf(request, invited.user) }, 'Someone was invited');
      return reply
        .code(201)
        .header('location', `/api/users/${invited.user.id}`)
        .send({ data: userOf(invited.user), link: linkFor(request, invited.link) });
    },
  );

  app.patch(
    '/api/users/:id',
    {
      preHandler: requireRole('owner'),
      schema: {
        tags: ['people'],
        summary: 'Change role or name, disable or enable',
        params: ofUser,
        body: userChangeSchema,
        response: { 200: changedUserSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      // Changing a name is not sensitive; changing a role or disabling an account is.
      if (request.body.role !== undefined || request.body.disabled !== undefined) assertRecentAuthentication(request);
      const changed = await pipeline.execute(() => change(request.actor, id, request.body), {
        ...request.recovery,
        key: 'users.change',
      });
      // Takes effect here immediately; other instances read it within seconds.
      directory.learn(changed);
      log.info(
        { event: 'user.changed', ...auditOf(request, changed), changed: Object.keys(request.body) },
        'A person was changed',
      );
      return { data: userOf(changed) };
    },
  );

  app.post(
    '/api/users/:id/link',
    {
      preHandler: [requireRole('owner'), requireRecentAuthentication()],
      schema: {
        tags: ['people'],
        summary: 'Create a one-time link for a new password',
        description:
          'With `email`, sets the address of a person who has not chosen a password yet. Required for a person without one.',
        params: ofUser,
        body: linkRequestSchema,
        response: { 201: invitedSchema },
      },
    },
    async (request, reply) => {
      const email = request.body?.email;
      const made = await pipeline
        .execute(
          () =>
            users.transaction().execute(async (transaction) => {
              const found = ofSchool(await userRepository.find(transaction, request.params.id), request.actor.schoolId);
              if (found.disabled) throw authProblem('personDisabled');
              const user = await withEmail(transaction, found, email);
              const purpose = user.passwordHash === undefined ? 'invited' : 'new-password';
              await recordPersonEvent(transaction, {
                actorId: request.actor.userId,
                action: 'person.link_created',
                person: user,
                detail: { purpose },
              });
              return { user, link: await oneTimeLinks.issue(transaction, user.id, purpose) };
            }),
          { ...request.recovery, key: 'users.link' },
        )
        .catch((error: unknown) => {
          throw emailTaken(error) ?? error;
        });
      log.info({ event: 'user.link_made', ...auditOf(request, made.user) }, 'A one-time link was created');
      return reply.code(201).send({ data: userOf(made.user), link: linkFor(request, made.link) });
    },
  );

  async function change(actor: Actor, id: string, wanted: UserChange): Promise<UserRecord> {
    return users.transaction().execute(async (transaction) => {
      const owners = await userRepository.lockActiveOwners(transaction, actor.schoolId);
      const user = ofSchool(await userRepository.find(transaction, id), actor.schoolId);
      const role = wanted.role ?? user.role;
      const disabled = wanted.disabled ?? user.disabled;
      const staysOwner = role === 'owner' && !disabled;
      if (owners.length === 1 && owners[0] === id && !staysOwner) throw authProblem('lastOwner');
      const endsSessions = role !== user.role || disabled !== user.disabled;
      // Links must not give access to a role that was changed, or an account that was disabled, after they were created.
      if (endsSessions) await oneTimeLinks.endUnused(transaction, id);
      for (const event of eventsOf(user, { ...wanted, role, disabled }))
        await recordPersonEvent(transaction, { actorId: actor.userId, person: user, ...event });
      return userRepository.update(transaction, id, {
        role,
        disabled,
        ...(wanted.name === undefined ? {} : { name: wanted.name }),
        endsSessions,
      });
    });
  }
}

/** The audit entries of a change: none when nothing has changed. */
function eventsOf(
  user: UserRecord,
  { role, disabled, name = user.name }: UserChange & Pick<UserRecord, 'role' | 'disabled'>,
): Pick<PersonEvent, 'action' | 'detail'>[] {
  const events: Pick<PersonEvent, 'action' | 'detail'>[] = [];
  if (disabled !== user.disabled) events.push({ action: disabled ? 'person.disabled' : 'person.enabled' });
  if (role !== user.role || name !== user.name) {
    events.push({
      action: 'person.changed',
      detail: {
        ...(role === user.role ? {} : { from_role: user.role, to_role: role }),
        ...(name === user.name ? {} : { name_changed: true }),
      },
    });
  }
  return events;
}

/**
 * Sets the address of a person who has not chosen a password yet.
 *
 * @throws ProblemError 422 without an address; 409 for a person who has chosen a password
 */
async function withEmail(
  transaction: Kysely<IdentityTables>,
  user: UserRecord,
  email: string | undefined,
): Promise<UserRecord> {
  if (email === undefined || email === user.email) {
    if (user.email !== undefined) return user;
    const message = 'Enter their e-mail address: they sign in with it.';
    throw invalidValues([{ pointer: '/email', code: 'required', message }]);
  }
  if (user.passwordHash !== undefined) throw authProblem('emailInUse');
  return userRepository.update(transaction, user.id, { email, endsSessions: false });
}

/** Returns the user if they belong to this school. @throws ProblemError 404 */
export function ofSchool(user: UserRecord | undefined, schoolId: string): UserRecord {
  if (user !== undefined && user.schoolId === schoolId) return user;
  throw authProblem('personNotFound');
}

/** A user as the API returns it to the owner. */
export function userOf(user: UserRecord): User {
  return {
    id: user.id,
    name: user.name,
    email: user.email ?? null,
    role: user.role,
    status: user.disabled ? 'disabled' : user.passwordHash === undefined ? 'invited' : 'active',
    second_factor: user.hasSecondFactor,
    created_at: user.createdAt.toISOString(),
  };
}

/** The address of a link. Uses the host of the request, which is reachable and allowed. */
export function linkFor(request: FastifyRequest, link: OneTimeLink): { url: string; expires_at: string } {
  return {
    url: `${request.protocol}://${request.headers.host}/welcome#${link.token}`,
    expires_at: link.expiresAt.toISOString(),
  };
}

function auditOf(request: FastifyRequest, user: UserRecord): Record<string, string> {
  return { correlation_id: request.id, actor_id: request.actor.userId, user_id: user.id, role: user.role };
}
