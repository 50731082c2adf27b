import { sql } from 'kysely';
import type { RuleNumbers } from '../../contract/booking/world.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import { ruleTables } from './rule-facts.ts';

/** A rule set with its days: [from, until). */
export interface StoredRuleSet {
  readonly id: string;
  readonly name: string;
  readonly rules: RuleNumbers;
  readonly version: number;
  readonly from: CalendarDay;
  /** Null: no later set is known. */
  readonly until: CalendarDay | null;
}

/** The rule sets in the database. */
export const RuleSetRepository = {
  /** All of a school, the latest first. @param lock until the transaction ends, so that changes run one by one */
  async all(handle: DatabaseHandle, schoolId: string, { lock = false } = {}): Promise<StoredRuleSet[]> {
    if (lock) await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`rule sets ${schoolId}`}, 0))`.execute(handle);
    return ruleTables(handle)
      .selectFrom('rule_sets')
      .select(['id', 'name', 'rules', 'version'])
      .select([
        sql<string>`to_char(lower(effective), 'YYYY-MM-DD')`.as('from'),
        sql<string | null>`to_char(upper(effective), 'YYYY-MM-DD')`.as('until'),
      ])
      .where('school_id', '=', schoolId)
      .orderBy(sql`lower(effective)`, 'desc')
      .execute();
  },

  /** Sets the day before which a rule set ends; null: it stays open. */
  async end(transaction: DatabaseTransaction, id: string, until: CalendarDay | null): Promise<void> {
    await ruleTables(transaction)
      .updateTable('rule_sets')
      .set({
        effective: sql<string>`daterange(lower(effective), ${until}::date)`,
        version: sql<number>`version + 1`,
      })
      .where('id', '=', id)
      .execute();
  },

  async insert(
    transaction: DatabaseTransaction,
    { id, name, rules, from, until }: Omit<StoredRuleSet, 'version'>,
    { schoolId, actorId }: { readonly schoolId: string; readonly actorId: string },
  ): Promise<void> {
    await ruleTables(transaction)
      .insertInto('rule_sets')
      .values({
        id,
        school_id: schoolId,
        name,
        effective: sql<string>`daterange(${from}::date, ${until}::date)`,
        rules: sql<RuleNumbers>`${JSON.stringify(rules)}::jsonb`,
        created_by: actorId,
      })
      .execute();
  },

  async remove(transaction: DatabaseTransaction, id: string): Promise<void> {
    await ruleTables(transaction).deleteFrom('rule_sets').where('id', '=', id).execute();
  },
};
