import { Secret, TOTP } from 'otpauth';
import { codeDigits, codePeriodSeconds } from '../../../contract/account.ts';

/** 160 bits, the length of the hash, as RFC 4226 recommends. */
const secretBytes = 20;
/** Codes of the previous and next time step are accepted too, because clocks differ and typing takes time. */
const windowSteps = 1;

/** The label of the codes in the authenticator app. */
export interface TotpLabel {
  readonly schoolName: string;
  readonly email: string;
}

/** Creates a secret for an authenticator app. */
export function makeTotpSecret(): Buffer {
  return Buffer.from(new Secret({ size: secretBytes }).buffer);
}

/** The secret in base 32, for manual entry. */
export function totpSecretText(secret: Uint8Array): string {
  return secretOf(secret).base32;
}

/** The secret as `otpauth://totp/...`, for a QR code. */
export function totpUri(secret: Uint8Array, { schoolName, email }: TotpLabel): string {
  return totpOf(secret, { issuer: schoolName, label: email }).toString();
}

/**
 * The time step of a code, or `undefined` when it is none of the three that are valid now. Compare it with the step of the
 * last accepted code, so that no code is accepted twice.
 *
 * @param code six digits
 * @param nowMs milliseconds since the epoch
 */
export function totpStepOf(secret: Uint8Array, code: string, nowMs: number): number | undefined {
  const delta = totpOf(secret).validate({ token: code, timestamp: nowMs, window: windowSteps });
  return delta === null ? undefined : Math.floor(nowMs / (codePeriodSeconds * 1_000)) + delta;
}

function totpOf(secret: Uint8Array, label: { issuer?: string; label?: string } = {}): TOTP {
  // All apps support SHA-1, and HMAC-SHA-1 is still secure.
  return new TOTP({
    ...label,
    secret: secretOf(secret),
    algorithm: 'SHA1',
    digits: codeDigits,
    period: codePeriodSeconds,
  });
}

function secretOf(bytes: Uint8Array): Secret {
  return new Secret({ buffer: new Uint8Array(bytes).buffer });
}
