import { currentContext } from 'dualbrake/node';
import { type Generated, type Kysely, sql } from 'kysely';
import type {
  AuditAction,
  AuditDetail,
  AuditEntry,
  AuditPage,
  AuditQuery,
  AuditSubjectKind,
} from '../../../contract/audit.ts';

/** An audit entry to be written: actor, action and subject. IDs only, never names, addresses or numbers of people. */
export interface AuditRecord {
  readonly schoolId: string;
  /** `undefined` without a signed-in user, such as for a command on the server. */
  readonly actorId: string | undefined;
  readonly action: AuditAction;
  readonly subjectKind: AuditSubjectKind;
  readonly subjectId: string;
  /** Facts of the change. Never personal data. */
  readonly detail?: AuditDetail;
  /** Default: that of the current request. */
  readonly correlationId?: string;
}

interface AuditTables {
  audit_entries: {
    id: Generated<string>;
    school_id: string;
    at: Generated<Date>;
    actor_id: string | null;
    action: AuditAction;
    subject_kind: AuditSubjectKind;
    subject_id: string;
    correlation_id: string | null;
    detail: string;
  };
  /** A view of sign-in. Names are joined when the log is read, so that entries contain none. */
  people: { id: string; school_id: string; name: string };
}

/** The audit log: the append-only table `audit_entries`. */
export const AuditLog = {
  /**
   * Adds an entry. Call it in the transaction of the change, so that both are saved or neither is.
   *
   * @param database the transaction, or the database itself if nothing is changed, such as for a reveal
   */
  async record<Tables>(database: Kysely<Tables>, record: AuditRecord): Promise<void> {
    await tablesOf(database)
      .insertInto('audit_entries')
      .values({
        school_id: record.schoolId,
        actor_id: record.actorId ?? null,
        action: record.action,
        subject_kind: record.subjectKind,
        subject_id: record.subjectId,
        correlation_id: record.correlationId ?? correlationIdOfCall(),
        detail: JSON.stringify(record.detail ?? {}),
      })
      .execute();
  },

  /** Adds an entry to each school's log, for events of the whole installation. */
  async recordForAllSchools<Tables>(database: Kysely<Tables>, record: Omit<AuditRecord, 'schoolId'>): Promise<void> {
    const schools = await tablesOf(database).selectFrom('people').select('school_id').distinct().execute();
    for (const { school_id: schoolId } of schools) await this.record(database, { ...record, schoolId });
  },

  /** Serializes the transactions of one actor, so that counting and adding entries is atomic. */
  async lockActor<Tables>(transaction: Kysely<Tables>, actorId: string): Promise<void> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`audit ${actorId}`}, 0))`.execute(transaction);
  },

  /**
   * The delay of a limit such as "30 per hour and user".
   *
   * @returns seconds until one more is within the limit; 0 if it is now
   */
  async secondsUntilFree<Tables>(
    database: Kysely<Tables>,
    { actorId, action, perHour }: { readonly actorId: string; readonly action: AuditAction; readonly perHour: number },
  ): Promise<number> {
    const row = await tablesOf(database)
      .selectFrom('audit_entries')
      .select(sql<number>`ceil(extract(epoch FROM at + interval '1 hour' - clock_timestamp()))::int`.as('seconds'))
      .where('actor_id', '=', actorId)
      .where('action', '=', action)
      .orderBy('id', 'desc')
      .offset(perHour - 1)
      .limit(1)
      .executeTakeFirst();
    return Math.max(0, row?.seconds ?? 0);
  },

  /** Reads a page of the school's entries, newest first. */
  async list<Tables>(database: Kysely<Tables>, schoolId: string, query: AuditQuery): Promise<AuditPage> {
    let select = tablesOf(database)
      .selectFrom('audit_entries as entry')
      .leftJoin('people as actor', (join) =>
        join.onRef('actor.id', '=', 'entry.actor_id').onRef('actor.school_id', '=', 'entry.school_id'),
      )
      .leftJoin('people as subject', (join) =>
        join
          .on('entry.subject_kind', '=', 'person')
          .on(sql<boolean>`subject.id::text = entry.subject_id`)
          .onRef('subject.school_id', '=', 'entry.school_id'),
      )
      .select(['entry.id', 'entry.at', 'entry.actor_id', 'entry.action', 'entry.subject_kind', 'entry.subject_id'])
      .select(['entry.correlation_id', sql<AuditDetail>`entry.detail`.as('detail')])
      .select(['actor.name as actor_name', 'subject.name as subject_name'])
      .where('entry.school_id', '=', schoolId)
      .orderBy('entry.id', 'desc')
      // One more than requested, to detect a next page.
      .limit(query.limit + 1);
    if (query.actor_id !== undefined) select = select.where('entry.actor_id', '=', query.actor_id);
    if (query.subject_id !== undefined) select = select.where('entry.subject_id', '=', query.subject_id);
    if (query.action !== undefined) select = select.where('entry.action', '=', query.action);
    if (query.cursor !== undefined) select = select.where('entry.id', '<', query.cursor);
    const rows = await select.execute();
    const shown = rows.slice(0, query.limit);
    return {
      data: shown.map((row): AuditEntry => ({
        id: row.id,
        at: row.at.toISOString(),
        actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name },
        action: row.action,
        subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
        correlation_id: row.correlation_id,
        detail: row.detail,
      })),
      next_cursor: rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null,
    };
  },
};

/** The handle with the types of the audit tables. */
function tablesOf<Tables>(handle: Kysely<Tables>): Kysely<AuditTables> {
  return handle as unknown as Kysely<AuditTables>;
}

function correlationIdOfCall(): string | null {
  const id = currentContext()?.attributes['correlationId'];
  return typeof id === 'string' ? id : null;
}
