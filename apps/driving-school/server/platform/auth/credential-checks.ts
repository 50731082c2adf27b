import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { AuthBase } from './auth-base.ts';
import { authProblem, signInProblem, tooManyAttempts } from './auth-problems.ts';
import type { IdentityTables } from './identity-tables.ts';
import { recordPersonEvent } from './person-audit.ts';
import { knownDevices } from './known-devices.ts';
import type { CodeVerdict } from './second-factors.ts';
import { TotpSecretUnreadableError } from './totp-cipher.ts';
import type { UserRecord } from './user-repository.ts';

/** The result of a code that was right. */
export interface AcceptedCode {
  /** Present when it was a recovery code. */
  readonly recoveryCodesLeft?: number;
}

type CredentialParts = Pick<
  AuthBase,
  'users' | 'pipeline' | 'factors' | 'passwords' | 'limits' | 'clock' | 'wallClock'
>;

/** Checks passwords and codes of known users. Each attempt counts towards the limits of sign-in. */
export class CredentialChecks {
  readonly #parts: CredentialParts;

  constructor(parts: CredentialParts) {
    this.#parts = parts;
  }

  /**
   * Whether this is the user's password.
   *
   * @throws ProblemError 429 after too many wrong attempts, 503 when it can't be checked now
   */
  async password(request: FastifyRequest, user: UserRecord, password: string): Promise<boolean> {
    return this.#limited(request, user, () =>
      this.#parts.passwords.verify(password, user.passwordHash, { ahead: true }),
    );
  }

  /**
   * Checks a code of the user's second factor, which can't be used again.
   *
   * @throws ProblemError 401 when it is wrong, 429 after too many wrong attempts, 503 when it can't be checked now
   */
  async code(request: FastifyRequest, user: UserRecord, code: string): Promise<AcceptedCode> {
    const { users, pipeline } = this.#parts;
    let outcome: { verdict: CodeVerdict; recoveryCodesLeft?: number } = { verdict: 'wrong' };
    const right = await this.#limited(request, user, async () => {
      outcome = await pipeline.execute(
        () => users.transaction().execute((transaction) => this.#accept(transaction, user, code)),
        { ...request.recovery, key: 'second-factor.check' },
      );
      return outcome.verdict === 'app' || outcome.verdict === 'recovery';
    });
    const { verdict, recoveryCodesLeft } = outcome;
    if (!right) throw authProblem(verdict === 'locked' ? 'codesLocked' : 'wrongCode');
    return recoveryCodesLeft === undefined ? {} : { recoveryCodesLeft };
  }

  async #accept(
    transaction: Kysely<IdentityTables>,
    user: UserRecord,
    code: string,
  ): Promise<{ verdict: CodeVerdict; recoveryCodesLeft?: number }> {
    const { factors, wallClock } = this.#parts;
    const verdict = await factors.accept(transaction, user.id, code, wallClock.now().epochMilliseconds);
    if (verdict !== 'recovery') return { verdict };
    const recoveryCodesLeft = (await factors.status(transaction, user.id))?.recoveryCodesLeft ?? 0;
    await recordPersonEvent(transaction, {
      actorId: user.id,
      person: user,
      action: 'recovery_code.used',
      detail: { left: recoveryCodesLeft },
    });
    return { verdict, recoveryCodesLeft };
  }

  async #limited(request: FastifyRequest, user: UserRecord, isRight: () => Promise<boolean>): Promise<boolean> {
    const { limits, clock } = this.#parts;
    const account = user.email ?? user.id;
    const attempt = { account, address: request.ip, deviceId: knownDevices.find(request, account) };
    const waitMs = limits.admit(attempt, clock.now());
    if (waitMs > 0) throw tooManyAttempts(waitMs);
    let right: boolean;
    try {
      right = await isRight();
    } catch (error) {
      limits.withdrawn(attempt);
      // Not an outage: a retry can't decrypt the secret either.
      throw error instanceof TotpSecretUnreadableError ? error : signInProblem(error);
    }
    if (right) limits.succeeded(attempt);
    return right;
  }
}
