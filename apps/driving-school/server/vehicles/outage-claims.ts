import { type RawBuilder, sql } from 'kysely';

/** SQL of the claims that outages of vehicles need; see `ExpectedClaims` of the calendar. */
export function expectedOutageClaims(): RawBuilder<unknown> {
  return sql`
    SELECT school_id, 'outage' AS source_kind, id AS source_id, 'vehicle' AS resource_kind,
      vehicle_id AS resource_id, tstzrange(starts_at, ends_at) AS during, true AS required, true AS may_be_active
    FROM outages`;
}
