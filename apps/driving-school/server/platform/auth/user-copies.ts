import type { DatabaseSync } from 'node:sqlite';
import { roleSchema, type Role } from '../../../contract/session.ts';

/** A local copy of a user. */
export interface UserCopy {
  readonly id: string;
  readonly schoolId: string;
  readonly role: Role;
  readonly name: string;
  readonly email: string;
  readonly disabled: boolean;
  readonly sessionEpoch: number;
  /** When it was read from the database, in milliseconds since the epoch. */
  readonly asOfMs: number;
}

/** More users than any school has; the oldest copies are dropped. */
const rememberedMax = 5_000;

interface LocalOptions {
  /** The maximum duration of a session. Ended sessions are remembered for this long. */
  readonly sessionMs: number;
}

/**
 * Local copies of users, for outages of the database, and the sessions that have ended on this server. Stored in the data
 * folder, so both survive a restart.
 */
export class UserCopies {
  readonly #local: DatabaseSync;
  readonly #sessionMs: number;
  /** Ended sessions that could not be written yet, with their time: they have ended even if the disk is full. */
  readonly #unwritten = new Map<string, number>();

  constructor(local: DatabaseSync, { sessionMs }: LocalOptions) {
    this.#local = local;
    this.#sessionMs = sessionMs;
    local.exec(`
      CREATE TABLE IF NOT EXISTS known_users (
        id TEXT PRIMARY KEY, school_id TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
        disabled INTEGER NOT NULL, session_epoch INTEGER NOT NULL, as_of_ms INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS ended_sessions (id TEXT PRIMARY KEY, ended_at_ms INTEGER NOT NULL) STRICT;
    `);
  }

  find(id: string): UserCopy | undefined {
    const row = this.#local.prepare('SELECT * FROM known_users WHERE id = ?').get(id);
    if (row === undefined) return undefined;
    return {
      id,
      schoolId: String(row['school_id']),
      role: roleSchema.parse(row['role']),
      name: String(row['name']),
      email: String(row['email']),
      disabled: row['disabled'] !== 0,
      sessionEpoch: Number(row['session_epoch']),
      asOfMs: Number(row['as_of_ms']),
    };
  }

  remember(user: UserCopy): void {
    this.#local
      .prepare('INSERT OR REPLACE INTO known_users VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        user.id,
        user.schoolId,
        user.role,
        user.name,
        user.email,
        user.disabled ? 1 : 0,
        user.sessionEpoch,
        user.asOfMs,
      );
    this.#local
      .prepare(
        'DELETE FROM known_users WHERE id IN (SELECT id FROM known_users ORDER BY as_of_ms DESC LIMIT -1 OFFSET ?)',
      )
      .run(rememberedMax);
  }

  forget(id: string): void {
    this.#local.prepare('DELETE FROM known_users WHERE id = ?').run(id);
  }

  /**
   * Records the end of a session. It takes effect immediately, even if it can't be written; then it is written together with
   * the next one.
   *
   * @returns the error when it could not be written
   */
  endSession(sessionId: string, nowMs: number): unknown {
    this.#unwritten.set(sessionId, nowMs);
    const oldest = nowMs - this.#sessionMs;
    for (const [id, endedAtMs] of this.#unwritten) if (endedAtMs < oldest) this.#unwritten.delete(id);
    try {
      this.#local.prepare('DELETE FROM ended_sessions WHERE ended_at_ms < ?').run(oldest);
      const write = this.#local.prepare('INSERT OR REPLACE INTO ended_sessions VALUES (?, ?)');
      for (const [id, endedAtMs] of this.#unwritten) {
        write.run(id, endedAtMs);
        this.#unwritten.delete(id);
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  hasEnded(sessionId: string): boolean {
    if (this.#unwritten.has(sessionId)) return true;
    return this.#local.prepare('SELECT 1 FROM ended_sessions WHERE id = ?').get(sessionId) !== undefined;
  }
}
