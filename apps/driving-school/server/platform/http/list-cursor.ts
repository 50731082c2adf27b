import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { RefusalError } from '../refusal-error.ts';

/** The last record of a page; the next page starts after it. */
export interface ListPosition {
  /** The value that the list is sorted by, as text. */
  readonly key: string;
  readonly id: string;
}

/** The cursor does not belong to this search. */
export class CursorInvalidError extends RefusalError {
  override readonly name = 'CursorInvalidError';
  readonly code = 'CURSOR_INVALID';

  constructor() {
    super('The cursor does not belong to this search.');
  }
}

/**
 * Encodes the end of a page as opaque text. Encrypted, because it appears in URLs and a position may hold a name; bound
 * to its search, so that it can't be used with another one.
 */
export class ListCursors {
  readonly #key: Buffer;

  /** @param list such as `students`; cursors of one list are invalid in others */
  constructor(secrets: { derive(purpose: string): Buffer }, list: string) {
    this.#key = secrets.derive(`${list}.list-cursor`);
  }

  /** @param search what is searched and by whom, as text in any fixed form */
  write({ key, id }: ListPosition, search: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(search));
    const sealed = Buffer.concat([cipher.update(JSON.stringify([key, id]), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** @throws CursorInvalidError for any text that is not a cursor of this search */
  read(cursor: string, search: string): ListPosition {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length < 29) throw new CursorInvalidError();
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, 12))
        .setAAD(Buffer.from(search))
        .setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      const [key, id] = JSON.parse(text) as [string, string];
      return { key, id };
    } catch {
      throw new CursorInvalidError();
    }
  }
}
