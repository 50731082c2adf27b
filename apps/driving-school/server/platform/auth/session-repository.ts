import type { Kysely } from 'kysely';
import type { IdentityTables } from './identity-tables.ts';

/** A session of a user. */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly sessionEpoch: number;
  readonly device: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** More than a user has devices. A further sign-in ends the oldest session. */
const sessionsPerPersonMax = 50;

/** SQL of the table `sessions`. */
export const sessionRepository = {
  /** Adds a session, and deletes expired and surplus ones of the same user. */
  async insert(database: Kysely<IdentityTables>, session: SessionRecord, oldestStart: Date): Promise<void> {
    await database
      .deleteFrom('sessions')
      .where('user_id', '=', session.userId)
      .where((where) =>
        where.or([
          where('created_at', '<', oldestStart),
          where(
            'id',
            'not in',
            where
              .selectFrom('sessions as newest')
              .select('newest.id')
              .where('newest.user_id', '=', session.userId)
              .orderBy('newest.created_at', 'desc')
              .limit(sessionsPerPersonMax - 1),
          ),
        ]),
      )
      .execute();
    await database
      .insertInto('sessions')
      .values({
        id: session.id,
        user_id: session.userId,
        session_epoch: session.sessionEpoch,
        device: session.device,
        created_at: session.createdAt,
        last_seen_at: session.lastSeenAt,
      })
      .execute();
  },

  /** The last activity of a session; `undefined` when it has ended. */
  async lastSeen(database: Kysely<IdentityTables>, id: string): Promise<Date | undefined> {
    const row = await database
      .selectFrom('sessions')
      .select('last_seen_at')
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return row?.last_seen_at;
  },

  async touch(database: Kysely<IdentityTables>, id: string, now: Date): Promise<void> {
    await database
      .updateTable('sessions')
      .set({ last_seen_at: now })
      .where('id', '=', id)
      .where('last_seen_at', '<', now)
      .execute();
  },

  /** The valid sessions of a user, the most recently used first. */
  async listOpen(
    database: Kysely<IdentityTables>,
    userId: string,
    since: { readonly start: Date; readonly lastSeen: Date },
  ): Promise<SessionRecord[]> {
    const rows = await database
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .selectAll('sessions')
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .whereRef('sessions.session_epoch', '=', 'users.session_epoch')
      .where('sessions.created_at', '>', since.start)
      .where('last_seen_at', '>', since.lastSeen)
      .orderBy('last_seen_at', 'desc')
      .limit(sessionsPerPersonMax)
      .execute();
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      sessionEpoch: row.session_epoch,
      device: row.device,
      createdAt: row.created_at,
      lastSeenAt: row.last_seen_at,
    }));
  },

  /** Ends one session of a user, or all but one. @returns the IDs of the ended ones */
  async end(
    database: Kysely<IdentityTables>,
    userId: string,
    which: { readonly only: string } | { readonly allBut: string },
    now: Date,
  ): Promise<string[]> {
    const rows = await database
      .updateTable('sessions')
      .set({ ended_at: now })
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .where('id', 'only' in which ? '=' : '!=', 'only' in which ? which.only : which.allBut)
      .returning('id')
      .execute();
    return rows.map(({ id }) => id);
  },

  /** Moves a session to the user's current epoch, so that a change that ends all others keeps it. */
  async keep(database: Kysely<IdentityTables>, id: string, sessionEpoch: number): Promise<void> {
    await database.updateTable('sessions').set({ session_epoch: sessionEpoch }).where('id', '=', id).execute();
  },
};
