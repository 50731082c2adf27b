import type { FastifyRequest } from 'fastify';
import type { SignInStep } from '../../../contract/account.ts';
import type { SessionUser } from '../../../contract/session.ts';
import type { AuthBase } from './auth-base.ts';
import { authProblem } from './auth-problems.ts';
import { knownDevices } from './known-devices.ts';
import { sessionUser } from './session-user.ts';
import { userRepository, type UserRecord } from './user-repository.ts';

/** The outcome of a right password: a session, or the next step. */
export type SignInOutcome =
  { readonly kind: 'signed-in'; readonly user: SessionUser } | { readonly kind: 'step'; readonly step: SignInStep };

type StepParts = Pick<AuthBase, 'users' | 'pipeline' | 'directory' | 'sessions' | 'log'>;

/** The steps from the right password to a session: none, a code, or setting up a second factor. */
export class SignInSteps {
  readonly #parts: StepParts;

  constructor(parts: StepParts) {
    this.#parts = parts;
  }

  /** Continues after the right password. */
  async advance(request: FastifyRequest, user: UserRecord): Promise<SignInOutcome> {
    const step = user.hasSecondFactor ? 'code' : user.needsSecondFactor ? 'setup' : undefined;
    if (step === undefined) return { kind: 'signed-in', user: await this.finish(request, user) };
    const { directory, sessions, log } = this.#parts;
    const expiresAtMs = await sessions.postpone(request, directory.learn(user), step);
    log.info(
      { event: 'session.step', correlation_id: request.id, actor_id: user.id, step },
      'The password was right; a second factor is required',
    );
    return { kind: 'step', step: { step, expires_at: new Date(expiresAtMs).toISOString() } };
  }

  /**
   * The user who is at this step of signing in.
   *
   * @throws ProblemError 401 when there is none, or the sign-in is no longer valid
   */
  async at(step: SignInStep['step'], request: FastifyRequest): Promise<UserRecord> {
    const { sessions, users, pipeline } = this.#parts;
    const unfinished = sessions.unfinished(request);
    if (unfinished?.step !== step) throw authProblem('signInAgain');
    const user = await pipeline.execute(() => userRepository.find(users, unfinished.userId), {
      ...request.recovery,
      key: 'session.step',
    });
    if (user === undefined || user.disabled || user.sessionEpoch !== unfinished.sessionEpoch)
      throw authProblem('signInAgain');
    return user;
  }

  /** Starts the session after the last step. */
  async finish(request: FastifyRequest, user: UserRecord): Promise<SessionUser> {
    const { directory, sessions, log } = this.#parts;
    const known = directory.learn(user);
    await sessions.begin(request, known);
    if (user.email !== undefined) knownDevices.remember(request, user.email);
    log.info({ event: 'session.begun', correlation_id: request.id, actor_id: user.id, role: user.role }, 'Signed in');
    return sessionUser(known);
  }
}
