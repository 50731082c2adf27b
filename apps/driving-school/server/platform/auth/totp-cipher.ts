import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** First byte of what is sealed: which way it was sealed, should there ever be another. */
const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** The secret of somebody's authenticator app could not be opened: the key has changed, or the row was tampered with. */
export class TotpSecretUnreadableError extends Error {
  override readonly name = 'TotpSecretUnreadableError';
  readonly code = 'TOTP_SECRET_UNREADABLE';

  constructor(userId: string) {
    super(`The authenticator secret of person ${userId} cannot be opened with the secret of this installation.`);
  }
}

/** Seals and opens the secrets of authenticator apps (AES-256-GCM), each bound to its person. */
export class TotpCipher {
  readonly #key: Buffer;

  /** @param secrets gives a key of 32 bytes per purpose */
  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#key = secrets.derive('second-factor.totp-secret.seal');
  }

  seal(secret: Uint8Array, userId: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(userId, 'utf8'));
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws TotpSecretUnreadableError */
  open(sealed: Uint8Array, userId: string): Buffer {
    const bytes = Buffer.from(sealed);
    const secretAt = 1 + nonceBytes + tagBytes;
    if (bytes.length <= secretAt || bytes[0] !== format) throw new TotpSecretUnreadableError(userId);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(1, 1 + nonceBytes))
        .setAAD(Buffer.from(userId, 'utf8'))
        .setAuthTag(bytes.subarray(1 + nonceBytes, secretAt));
      return Buffer.concat([decipher.update(bytes.subarray(secretAt)), decipher.final()]);
    } catch {
      // The reason is always the same, that the tag does not fit, and says nothing more.
      throw new TotpSecretUnreadableError(userId);
    }
  }
}
