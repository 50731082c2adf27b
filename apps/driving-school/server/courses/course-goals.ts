import { sql } from 'kysely';
import type { CalendarDay } from '../../contract/parsers.ts';
import { dayColumn } from '../platform/database/field-columns.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import { ruleSetsById } from '../rules/rules.ts';
import { courseTables } from './course-table.ts';

/** In-vehicle time that an enrolment needs, and until when. */
export interface CourseGoal {
  readonly enrolment_id: string;
  /** Of the course's rules, or of the bought lessons; null when neither says. */
  readonly required_minutes: number | null;
  readonly deadline_on: CalendarDay | null;
}

/** Reads the goals of enrolments. Unknown IDs and those of other schools are left out. */
export async function courseGoals(
  handle: DatabaseHandle,
  schoolId: string,
  enrolmentIds: readonly string[],
): Promise<CourseGoal[]> {
  if (enrolmentIds.length === 0) return [];
  const rows = await courseTables(handle)
    .selectFrom('enrolments')
    .select(['id', 'kind', 'rule_set_id', 'in_vehicle_minutes_bought'])
    .select(dayColumn('deadline_on').$castTo<string | null>().as('deadline_on'))
    .where('school_id', '=', schoolId)
    .where(sql<boolean>`id = ANY (${[...enrolmentIds]}::uuid[])`)
    .execute();
  const ruleSets = await ruleSetsById(handle, schoolId);
  return rows.map(({ id, kind, rule_set_id, in_vehicle_minutes_bought: bought, deadline_on }) => {
    const required = kind === 'bde' ? ruleSets.get(rule_set_id)?.rules.in_vehicle_minutes : bought;
    return {
      enrolment_id: id,
      required_minutes: required === undefined || required === 0 ? null : required,
      deadline_on,
    };
  });
}
