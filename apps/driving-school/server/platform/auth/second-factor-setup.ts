import type { FastifyRequest } from 'fastify';
import type { Enrolment } from '../../../contract/account.ts';
import { invalidValues } from '../http/problems.ts';
import type { AuthParts } from './auth-parts.ts';
import { authProblem } from './auth-problems.ts';
import { recordPersonEvent } from './person-audit.ts';
import { makeTotpSecret, totpSecretText, totpUri } from './totp.ts';
import type { UserRecord } from './user-repository.ts';

/** Creates a secret for the user's authenticator app. It takes effect with the app's first code. */
export function beginSetup(request: FastifyRequest, user: UserRecord, { sessions }: AuthParts): Enrolment {
  const secret = makeTotpSecret();
  const expiresAtMs = sessions.beginSetup(request, user.id, secret);
  return {
    secret: totpSecretText(secret),
    uri: totpUri(secret, { schoolName: user.schoolName, email: user.email ?? user.name }),
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}

/**
 * Turns the second factor on with the app's first code.
 *
 * @returns the recovery codes, to be shown once
 * @throws ProblemError 422 when the code is wrong, 409 when the setup took too long
 */
export async function finishSetup(
  request: FastifyRequest,
  user: UserRecord,
  code: string,
  { users, pipeline, sessions, factors, wallClock, log }: AuthParts,
): Promise<string[]> {
  const secret = sessions.setupSecret(request, user.id);
  if (secret === undefined) throw authProblem('setupExpired');
  const codes = await pipeline.execute(
    () =>
      users.transaction().execute(async (transaction) => {
        const nowMs = wallClock.now().epochMilliseconds;
        const recoveryCodes = await factors.enable(transaction, user.id, { secret, code, nowMs });
        if (recoveryCodes === undefined) return undefined;
        await recordPersonEvent(transaction, {
          actorId: user.id,
          person: user,
          action: 'second_factor.enabled',
          detail: { replaced: user.hasSecondFactor },
        });
        return recoveryCodes;
      }),
    { ...request.recovery, key: 'second-factor.enable' },
  );
  if (codes === undefined) throw notTheCode();
  sessions.endSetup(request);
  log.info(
    { event: 'second_factor.enabled', correlation_id: request.id, actor_id: user.id },
    'A second factor was turned on',
  );
  return codes;
}

function notTheCode(): Error {
  const message = 'This is not the code that the app shows now. Check that the device’s clock is right and try again.';
  return invalidValues([{ pointer: '/code', code: 'wrong_code', message }], 'Code not accepted');
}
