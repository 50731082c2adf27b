import { createHash, createHmac, randomBytes } from 'node:crypto';

/**
 * Makes the tokens of calendar links: 256 bits that nobody can predict.
 *
 * A repeated request gets the same link, although the token is stored nowhere: it is a digest of a random salt with a key
 * of the installation, and only the salt is stored, for as long as requests can be repeated.
 */
export class FeedTokens {
  readonly #key: Buffer;

  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#key = secrets.derive('calendar-feeds.token');
  }

  /** A random salt. */
  newSalt(): string {
    return randomBytes(32).toString('base64url');
  }

  /** The token of a salt. */
  tokenOf(salt: string): string {
    return createHmac('sha256', this.#key).update(salt).digest('base64url');
  }
}

/** The digest by which a token is found. Comparing digests takes the same time for every wrong token. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whether a text has the format of a token: 32 bytes in base64url. */
export function canBeToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}
