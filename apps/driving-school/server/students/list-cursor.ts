import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** The last student of a page: the next page begins behind it. */
export interface ListPosition {
  /** What the list is ordered by, as text. */
  readonly key: string;
  readonly id: string;
}

/**
 * Writes the end of a page as an opaque text. Sealed, because the text stands in an address and a position holds a
 * name; bound to the search it came from, so that it cannot be used with another one.
 */
export class ListCursors {
  readonly #key: Buffer;

  constructor(secrets: { derive(purpose: string): Buffer }) {
    this.#key = secrets.derive('students.list-cursor');
  }

  /** @param search what was looked for and by whom, in any fixed spelling */
  write({ key, id }: ListPosition, search: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(search));
    const sealed = Buffer.concat([cipher.update(JSON.stringify([key, id]), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @returns nothing when the text is not a cursor of this search, whatever else it is */
  read(cursor: string, search: string): ListPosition | undefined {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length < 29) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(search))
        .setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      const [key, id] = JSON.parse(text) as [string, string];
      return { key, id };
    } catch {
      return undefined;
    }
  }
}
