import { type RawBuilder, sql } from 'kysely';

/** SQL of the claims that time off needs; see `ExpectedClaims` of the calendar. */
export function expectedTimeOffClaims(): RawBuilder<unknown> {
  return sql`
    SELECT school_id, 'time_off' AS source_kind, id AS source_id, 'instructor' AS resource_kind,
      instructor_id AS resource_id, tstzrange(starts_at, ends_at) AS during, true AS required, true AS may_be_active
    FROM time_off`;
}
