import { type RawBuilder, sql } from 'kysely';
import type { ClaimSource, ResourceKind } from '../../contract/booking/world.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';

/**
 * SQL of the claims that a slice should have. Columns: `school_id`, `source_kind`, `source_id`, `resource_kind`,
 * `resource_id`, `during`, `required` (the claim must exist and be active), `may_be_active`.
 */
export type ExpectedClaims = RawBuilder<unknown>;

/** A resource, and the source that claims it. */
interface ClaimKey {
  readonly source_kind: ClaimSource;
  readonly source_id: string;
  readonly resource_kind: ResourceKind;
  readonly resource_id: string;
}

/** Two active claims of one resource at the same time. */
export interface ClaimOverlap extends ClaimKey {
  readonly other_kind: ClaimSource;
  readonly other_id: string;
}

/**
 * Finds all pairs of active claims that overlap, by comparing periods: the constraint that should prevent them is not
 * used. Only resources with an overlap are compared pair by pair, so that large schools take a second and not minutes.
 */
export async function overlappingClaims(handle: DatabaseHandle): Promise<ClaimOverlap[]> {
  const { rows } = await sql<ClaimOverlap>`
    WITH active AS MATERIALIZED (
      SELECT source_kind, source_id, resource_kind, resource_id,
        lower(during) AS begins, coalesce(upper(during), 'infinity') AS ends
      FROM resource_claims WHERE active
    ), suspects AS (
      SELECT DISTINCT resource_id FROM (
        SELECT resource_id, begins, max(ends) OVER (
          PARTITION BY resource_id ORDER BY begins, ends, source_id
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS busy_until FROM active
      ) AS in_order WHERE busy_until > begins
    )
    SELECT one.source_kind, one.source_id, one.resource_kind, one.resource_id,
      other.source_kind AS other_kind, other.source_id AS other_id
    FROM active AS one JOIN active AS other ON other.resource_id = one.resource_id
      AND (other.source_id, other.source_kind, other.resource_kind) > (one.source_id, one.source_kind, one.resource_kind)
      AND one.begins < other.ends AND other.begins < one.ends
    WHERE one.resource_id IN (SELECT resource_id FROM suspects)
    ORDER BY one.begins, one.source_id, other.source_id`.execute(handle);
  return rows;
}

/** A claim that differs from what its source needs. */
export interface ClaimFault extends ClaimKey {
  readonly fault: 'missing' | 'orphan' | 'school' | 'period' | 'inactive' | 'active';
}

/**
 * Compares the claims with those that the slices should have.
 *
 * @param expected of all sources with these kinds
 * @param kinds claims of other kinds are ignored
 */
export async function claimFaults(
  handle: DatabaseHandle,
  expected: readonly ExpectedClaims[],
  kinds: readonly ClaimSource[],
): Promise<ClaimFault[]> {
  const { rows } = await sql<ClaimFault>`
    WITH expected AS (${sql.join(expected, sql` UNION ALL `)}),
    actual AS (SELECT * FROM resource_claims WHERE source_kind = ANY (${[...kinds]}::text[])),
    compared AS (
      SELECT
        coalesce(expected.source_kind, actual.source_kind) AS source_kind,
        coalesce(expected.source_id, actual.source_id) AS source_id,
        coalesce(expected.resource_kind, actual.resource_kind) AS resource_kind,
        coalesce(expected.resource_id, actual.resource_id) AS resource_id,
        CASE
          WHEN actual.source_id IS NULL THEN CASE WHEN expected.required THEN 'missing' END
          WHEN expected.source_id IS NULL THEN 'orphan'
          WHEN actual.school_id <> expected.school_id THEN 'school'
          WHEN actual.during <> expected.during THEN 'period'
          WHEN expected.required AND NOT actual.active THEN 'inactive'
          WHEN actual.active AND NOT expected.may_be_active THEN 'active'
        END AS fault
      FROM expected FULL JOIN actual ON actual.source_kind = expected.source_kind
        AND actual.source_id = expected.source_id
        AND actual.resource_kind = expected.resource_kind
        AND actual.resource_id = expected.resource_id
    )
    SELECT * FROM compared WHERE fault IS NOT NULL
    ORDER BY source_kind, source_id, resource_kind, resource_id`.execute(handle);
  return rows;
}
