import { type Generated, type Kysely, sql } from 'kysely';
import type { DatedRuleSet, RuleNumbers, RuleSetFacts } from '../../contract/booking/world.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/** A row of `rule_sets`. */
interface RuleSetTable {
  id: string;
  school_id: string;
  name: string;
  effective: string;
  rules: RuleNumbers;
  version: Generated<number>;
  created_by: Generated<string | null>;
}

/** The tables of the slice. */
export function ruleTables(handle: DatabaseHandle): Kysely<{ readonly rule_sets: RuleSetTable }> {
  return handle;
}

/** The rule set that holds on a day; undefined when the school has none for it. */
export async function ruleSetOn(
  handle: DatabaseHandle,
  schoolId: string,
  day: CalendarDay,
): Promise<RuleSetFacts | undefined> {
  return ruleTables(handle)
    .selectFrom('rule_sets')
    .select(['id', 'name', 'rules'])
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`effective @> ${day}::date`)
    .executeTakeFirst();
}

/** All rule sets of a school with their days, the earliest first. */
export async function ruleSetFacts(handle: DatabaseHandle, schoolId: string): Promise<DatedRuleSet[]> {
  return ruleTables(handle)
    .selectFrom('rule_sets')
    .select(['id', 'name', 'rules'])
    .select([
      sql<string>`to_char(lower(effective), 'YYYY-MM-DD')`.as('effective_from'),
      // The range's end is the first day after it.
      sql<string | null>`to_char(upper(effective) - 1, 'YYYY-MM-DD')`.as('effective_to'),
    ])
    .where('school_id', '=', schoolId)
    .orderBy(sql`lower(effective)`)
    .execute();
}

/** All rule sets of a school, by ID. */
export async function ruleSetsById(
  handle: DatabaseHandle,
  schoolId: string,
): Promise<ReadonlyMap<string, RuleSetFacts>> {
  const rows = await ruleTables(handle)
    .selectFrom('rule_sets')
    .select(['id', 'name', 'rules'])
    .where('school_id', '=', schoolId)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
