import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The last calendar file of a link. */
export interface FeedCopy {
  readonly body: string;
  readonly etag: string;
  /** When this server first had this content, a whole second. */
  readonly modified: Temporal.Instant;
  /** When the content was last read from the database. */
  readonly asOf: Temporal.Instant;
}

interface CopyRow {
  readonly body: string;
  readonly etag: string;
  readonly modified: string;
  readonly as_of: string;
}

/**
 * The last good calendar file of each link, for outages of the database, by the digest of its token. Survives restarts.
 * Only links that were read on this server have one, so it also tells links that exist from guesses.
 */
export class FeedCopies {
  readonly #statements: Readonly<Record<'put' | 'find' | 'forget', StatementSync>>;

  /** @param local a SQLite database */
  constructor(local: DatabaseSync) {
    local.exec(`
      CREATE TABLE IF NOT EXISTS calendar_feed_copies (
        token_hash TEXT PRIMARY KEY,
        etag TEXT NOT NULL,
        modified TEXT NOT NULL,
        as_of TEXT NOT NULL,
        body TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `);
    this.#statements = {
      put: local.prepare(`
        INSERT INTO calendar_feed_copies (token_hash, etag, modified, as_of, body) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (token_hash) DO UPDATE SET
          etag = excluded.etag, modified = excluded.modified, as_of = excluded.as_of, body = excluded.body`),
      find: local.prepare('SELECT etag, modified, as_of, body FROM calendar_feed_copies WHERE token_hash = ?'),
      forget: local.prepare('DELETE FROM calendar_feed_copies WHERE token_hash = ?'),
    };
  }

  find(hash: Buffer): FeedCopy | undefined {
    const row = this.#statements.find.get(hash.toString('hex')) as CopyRow | undefined;
    if (row === undefined) return undefined;
    return {
      body: row.body,
      etag: row.etag,
      modified: Temporal.Instant.from(row.modified),
      asOf: Temporal.Instant.from(row.as_of),
    };
  }

  keep(hash: Buffer, { body, etag, modified, asOf }: FeedCopy): void {
    this.#statements.put.run(hash.toString('hex'), etag, modified.toString(), asOf.toString(), body);
  }

  /** Removes the copy of a link that was revoked. */
  forget(hash: Buffer): void {
    this.#statements.forget.run(hash.toString('hex'));
  }
}
