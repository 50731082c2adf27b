import { signInStepSchema } from '../../../contract/account.ts';
import {
  signedInSchema,
  welcomeAnswerSchema,
  welcomeCheckSchema,
  welcomeSchema,
  type WelcomeAnswer,
} from '../../../contract/session.ts';
import { BulkheadFullError } from 'dualbrake';
import type { FastifyRequest } from 'fastify';
import type { HttpServer } from '../http/http.ts';
import { invalidValues, ProblemError } from '../http/problems.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem, emailTaken, signInProblem, tooManyAttempts } from './auth-problems.ts';
import { oneTimeLinks, type LinkPurpose } from './one-time-links.ts';
import { recordPersonEvent } from './person-audit.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** Adds the routes of one-time links: choosing a name and a password. */
export function registerWelcomeRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, anonymous, factors, passwords, weakPasswords, steps, linkLimits, clock, log } = parts;

  app.post(
    '/api/welcome/check',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Get the purpose of a one-time link',
        body: welcomeCheckSchema,
        response: { 200: welcomeSchema },
      },
    },
    async (request) => {
      const { user, purpose } = await find(request, request.body.token, 'welcome.check');
      return {
        purpose,
        role: user.role,
        ...(user.email === undefined ? {} : { email: user.email }),
        // The first owner's name is a placeholder.
        ...(purpose === 'owner' ? {} : { name: user.name }),
      };
    },
  );

  app.post(
    '/api/welcome',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'Choose a password and sign in; 202 means that a second factor is required',
        body: welcomeAnswerSchema,
        response: { 200: signedInSchema, 202: signInStepSchema },
      },
    },
    async (request, reply) => {
      const answer = request.body;
      // Checked first: hashing is expensive, so it requires a valid link.
      const { user, purpose } = await find(request, answer.token, 'welcome.use');
      const owner = { ...answer, schoolName: user.schoolName };
      check(answer, user, purpose, await weakPasswords.problem(answer.password, owner));
      const passwordHash = await passwords.hash(answer.password).catch((error: unknown) => {
        throw signInProblem(error);
      });
      // Not the anonymous pipeline: the client has a valid link.
      const welcomed = await parts.pipeline
        .execute(() => settle(answer, user, purpose, passwordHash), { ...request.recovery, key: 'welcome.use' })
        .catch((error: unknown) => {
          throw emailTaken(error) ?? error;
        });
      const outcome = await steps.advance(request, welcomed);
      log.info(
        { event: 'welcome.used', correlation_id: request.id, actor_id: welcomed.id, role: welcomed.role, purpose },
        'A one-time link was used',
      );
      return outcome.kind === 'signed-in' ? { user: outcome.user } : reply.code(202).send(outcome.step);
    },
  );

  /**
   * Finds a link and its user. Anyone can call it, so it has a limit per address, and texts that can't be a token are
   * refused without a query.
   */
  async function find(request: FastifyRequest, token: string, key: string): ReturnType<typeof readLink> {
    const waitMs = linkLimits.admit(request.ip, clock.now());
    if (waitMs > 0) throw tooManyAttempts(waitMs, 'links');
    if (!oneTimeLinks.canBe(token)) throw authProblem('linkUnknown');
    try {
      const found = await anonymous.execute(() => readLink(token), { ...request.recovery, key });
      linkLimits.withdrawn(request.ip);
      return found;
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'link_unknown')) linkLimits.withdrawn(request.ip);
      throw error instanceof BulkheadFullError ? signInProblem(error) : error;
    }
  }

  async function readLink(token: string): Promise<{ user: UserRecord; purpose: LinkPurpose }> {
    const found = await oneTimeLinks.check(users, token);
    if (found.state !== 'valid') throw authProblem(linkProblems[found.state]);
    const user = await userRepository.find(users, found.userId);
    if (user === undefined || user.disabled) throw authProblem('linkExpired');
    return { user, purpose: found.purpose };
  }

  /** Uses the link and sets the password, in one transaction. */
  async function settle(
    answer: WelcomeAnswer,
    { id, schoolId }: UserRecord,
    purpose: LinkPurpose,
    passwordHash: string,
  ): Promise<UserRecord> {
    return users.transaction().execute(async (transaction) => {
      if (!(await oneTimeLinks.use(transaction, answer.token))) throw authProblem('linkUsed');
      const { name, email } = answer;
      // Created on the server, for an owner without any other way in, so it turns the second factor off too.
      if (purpose === 'owner-recovery' && (await factors.remove(transaction, id))) {
        await recordPersonEvent(transaction, {
          actorId: id,
          action: 'second_factor.reset',
          person: { id, schoolId },
          detail: { by: 'owner-link' },
        });
      }
      const user = await userRepository.update(transaction, id, { name, email, passwordHash, endsSessions: true });
      await recordPersonEvent(transaction, {
        actorId: id,
        action: 'password.changed',
        person: { id, schoolId },
        detail: { by: 'link', purpose },
      });
      return user;
    });
  }
}

function check(answer: WelcomeAnswer, user: UserRecord, purpose: LinkPurpose, problem: string | undefined): void {
  const errors = [];
  if (purpose !== 'owner' && answer.email !== user.email) {
    errors.push({
      pointer: '/email',
      code: 'not_invited',
      message: 'Use the e-mail address that was invited, or ask for a new invitation.',
    });
  }
  if (problem !== undefined) errors.push({ pointer: '/password', code: 'weak_password', message: problem });
  if (errors.length > 0) throw invalidValues(errors);
}

const linkProblems = { unknown: 'linkUnknown', used: 'linkUsed', expired: 'linkExpired' } as const;
