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
import { authProblem, emailTaken, signInProblem, tooManyAttempts } from './auth-problems.ts';
import type { AuthParts } from './auth.ts';
import { oneTimeLinks, type LinkPurpose } from './one-time-links.ts';
import { recordPersonEvent } from './person-audit.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** What a one-time link opens: choosing name and password. */
export function registerWelcomeRoutes(app: HttpServer, parts: AuthParts): void {
  const { users, strangers, factors, passwords, weakPasswords, steps, linkLimits, clock, log } = parts;

  app.post(
    '/api/welcome/check',
    {
      config: { access: 'anyone' },
      schema: {
        tags: ['session'],
        summary: 'What is this one-time link for?',
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
        // The first owner's name is ours, not one that somebody has given.
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
        summary: 'Choose a password and sign in; 202 means that a second factor is asked for',
        body: welcomeAnswerSchema,
        response: { 200: signedInSchema, 202: signInStepSchema },
      },
    },
    async (request, reply) => {
      const answer = request.body;
      // Looked at first: hashing is expensive, and only for people who hold a link.
      const { user, purpose } = await find(request, answer.token, 'welcome.use');
      const owner = { ...answer, schoolName: user.schoolName };
      check(answer, user, purpose, await weakPasswords.problem(answer.password, owner));
      const passwordHash = await passwords.hash(answer.password).catch((error: unknown) => {
        throw signInProblem(error);
      });
      // Whoever holds a link is no stranger.
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
   * The link and its person, for anybody who asks: with a limit by address, and without asking the database for what
   * cannot be a link.
   */
  async function find(request: FastifyRequest, token: string, key: string): ReturnType<typeof look> {
    const waitMs = linkLimits.admit(request.ip, clock.now());
    if (waitMs > 0) throw tooManyAttempts(waitMs, 'links');
    if (!oneTimeLinks.canBe(token)) throw authProblem('linkUnknown');
    try {
      const found = await strangers.execute(() => look(token), { ...request.recovery, key });
      linkLimits.withdrawn(request.ip);
      return found;
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === 'link_unknown')) linkLimits.withdrawn(request.ip);
      throw error instanceof BulkheadFullError ? signInProblem(error) : error;
    }
  }

  async function look(token: string): Promise<{ user: UserRecord; purpose: LinkPurpose }> {
    const found = await oneTimeLinks.check(users, token);
    if (found.state !== 'valid') throw authProblem(linkProblems[found.state]);
    const user = await userRepository.find(users, found.userId);
    if (user === undefined || user.disabled) throw authProblem('linkExpired');
    return { user, purpose: found.purpose };
  }

  /** The link is used up and the password set, or neither. */
  async function settle(
    answer: WelcomeAnswer,
    { id, schoolId }: UserRecord,
    purpose: LinkPurpose,
    passwordHash: string,
  ): Promise<UserRecord> {
    return users.transaction().execute(async (transaction) => {
      if (!(await oneTimeLinks.use(transaction, answer.token))) throw authProblem('linkUsed');
      const { name, email } = answer;
      // Made on the server itself, for an owner to whom nothing else is left: the second factor goes, too.
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
      message: 'Use the e-mail address that the invitation was for, or ask for a new one.',
    });
  }
  if (problem !== undefined) errors.push({ pointer: '/password', code: 'weak_password', message: problem });
  if (errors.length > 0) throw invalidValues(errors);
}

const linkProblems = { unknown: 'linkUnknown', used: 'linkUsed', expired: 'linkExpired' } as const;
