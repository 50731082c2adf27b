import { sql } from 'kysely';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { feedTables } from './feed-table.ts';

/** A link that can be used. */
export interface WorkingFeed {
  readonly id: string;
  readonly school_id: string;
  readonly instructor_id: string;
  readonly instructor_name: string;
}

/** A link in lists. */
export interface ListedFeed extends WorkingFeed {
  readonly token_hash: Buffer;
  readonly created_at: Date;
}

/** Rows of `calendar_feeds`. Links of disabled instructors don't work and are not listed. */
export const feedRepository = {
  /** Finds a link that has not been revoked. */
  async findByHash(handle: DatabaseHandle, hash: Buffer): Promise<WorkingFeed | undefined> {
    return working(handle).where('calendar_feeds.token_hash', '=', hash).executeTakeFirst();
  },

  /** Lists the links of a school, the newest first. @param instructorId default: all instructors */
  async list(handle: DatabaseHandle, schoolId: string, instructorId?: string): Promise<ListedFeed[]> {
    return working(handle)
      .select(['calendar_feeds.token_hash', 'calendar_feeds.created_at'])
      .where('calendar_feeds.school_id', '=', schoolId)
      .where(instructorId === undefined ? sql<boolean>`true` : sql<boolean>`instructor_id = ${instructorId}::uuid`)
      .orderBy('calendar_feeds.created_at', 'desc')
      .orderBy('calendar_feeds.id', 'desc')
      .execute();
  },

  /** Whether a school has an instructor who has not been disabled. Locks nothing. */
  async hasInstructor(handle: DatabaseHandle, schoolId: string, instructorId: string): Promise<boolean> {
    const row = await feedTables(handle)
      .selectFrom('people')
      .select('id')
      .where('id', '=', instructorId)
      .where('school_id', '=', schoolId)
      .where('role', '=', 'instructor')
      .where('disabled', '=', false)
      .executeTakeFirst();
    return row !== undefined;
  },

  async insert(
    transaction: DatabaseTransaction,
    row: {
      readonly id: string;
      readonly school_id: string;
      readonly instructor_id: string;
      readonly token_hash: Buffer;
      readonly created_at: Date;
      readonly created_by: string;
    },
  ): Promise<void> {
    await feedTables(transaction).insertInto('calendar_feeds').values(row).execute();
  },

  /** Finds a link, also a revoked one, and locks it until the transaction ends. */
  async findForChange(transaction: DatabaseTransaction, schoolId: string, id: string) {
    return feedTables(transaction)
      .selectFrom('calendar_feeds')
      .select(['id', 'instructor_id', 'token_hash', 'revoked_at'])
      .where('school_id', '=', schoolId)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
  },

  async revoke(transaction: DatabaseTransaction, id: string, at: Date): Promise<void> {
    await feedTables(transaction)
      .updateTable('calendar_feeds')
      .set({ revoked_at: at })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute();
  },
};

function working(handle: DatabaseHandle) {
  return feedTables(handle)
    .selectFrom('calendar_feeds')
    .innerJoin('people', (join) =>
      join
        .onRef('people.id', '=', 'calendar_feeds.instructor_id')
        .onRef('people.school_id', '=', 'calendar_feeds.school_id'),
    )
    .select(['calendar_feeds.id', 'calendar_feeds.school_id', 'calendar_feeds.instructor_id'])
    .select('people.name as instructor_name')
    .where('people.role', '=', 'instructor')
    .where('people.disabled', '=', false)
    .where('calendar_feeds.revoked_at', 'is', null);
}
