import type { DatabaseSync } from 'node:sqlite';

interface SessionActivityOptions {
  /** The maximum duration of a session, in milliseconds. Older records are deleted. */
  readonly sessionMs: number;
}

/** The last activity of each session on this server, in the data folder, for outages and restarts. */
export class SessionActivity {
  readonly #local: DatabaseSync;
  readonly #sessionMs: number;

  constructor(local: DatabaseSync, { sessionMs }: SessionActivityOptions) {
    this.#local = local;
    this.#sessionMs = sessionMs;
    local.exec(
      'CREATE TABLE IF NOT EXISTS known_sessions (id TEXT PRIMARY KEY, last_seen_ms INTEGER NOT NULL) STRICT;',
    );
  }

  lastSeenMs(id: string): number | undefined {
    const row = this.#local.prepare('SELECT last_seen_ms FROM known_sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : Number(row['last_seen_ms']);
  }

  remember(id: string, nowMs: number): void {
    this.#local.prepare('DELETE FROM known_sessions WHERE last_seen_ms < ?').run(nowMs - this.#sessionMs);
    this.#local.prepare('INSERT OR REPLACE INTO known_sessions VALUES (?, ?)').run(id, nowMs);
  }
}
