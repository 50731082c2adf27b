import { seal, unseal } from '../keys/sealing.ts';

/** The secret of an authenticator app could not be decrypted: the key has changed, or the row was tampered with. */
export class TotpSecretUnreadableError extends Error {
  override readonly name = 'TotpSecretUnreadableError';
  readonly code = 'TOTP_SECRET_UNREADABLE';

  constructor(userId: string) {
    super(`The authenticator secret of person ${userId} can't be decrypted with the key of this installation.`);
  }
}

/** Encrypts and decrypts the secrets of authenticator apps, each bound to its user. */
export class TotpCipher {
  readonly #key: Buffer;

  /** @param secrets derives a key of 32 bytes per purpose */
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
