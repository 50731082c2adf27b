import { seal, unseal } from '../keys/sealing.ts';

/** The secret of somebody's authenticator app could not be opened: the key has changed, or the row was tampered with. */
export class TotpSecretUnreadableError extends Error {
  override readonly name = 'TotpSecretUnreadableError';
  readonly code = 'TOTP_SECRET_UNREADABLE';

  constructor(userId: string) {
    super(`The authenticator secret of person ${userId} cannot be opened with the secret of this installation.`);
  }
}

/** Seals and opens the secrets of authenticator apps, each bound to its person. */
export class TotpCipher {
  readonly #key: Buffer;

  /** @param secrets gives a key of 32 bytes per purpose */
  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#key = secrets.derive('second-factor.totp-secret.seal');
  }

  seal(secret: Buffer, userId: string): Buffer {
    return seal(this.#key, secret, aboutOf(userId));
  }

  /** @throws TotpSecretUnreadableError */
  open(sealed: Uint8Array, userId: string): Buffer {
    const secret = unseal(this.#key, sealed, aboutOf(userId));
    if (secret === undefined) throw new TotpSecretUnreadableError(userId);
    return secret;
  }
}

function aboutOf(userId: string): string {
  return `authenticator secret of ${userId}`;
}
