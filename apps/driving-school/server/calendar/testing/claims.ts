import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Claim } from '../../../contract/booking/world.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../../platform/database/handle.ts';
import { claim, overlapConstraint } from '../calendar.ts';

/** A minute in milliseconds. */
export const minuteMs = 60_000;
/** 2 March 2026, 09:00 in Toronto. */
export const start = Date.parse('2026-03-02T14:00:00Z');

/** The ID of the school of the migrations. */
export async function theSchool(handle: DatabaseHandle): Promise<string> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM schools ORDER BY created_at LIMIT 1`.execute(handle);
  return rows[0]?.id ?? '';
}

/** The claims of one lesson: the same minutes of each resource. */
export function claimsFor(sourceId: string, resourceIds: readonly string[], from: number, to: number): Claim[] {
  return resourceIds.map((resource_id) => ({
    source_kind: 'lesson',
    source_id: sourceId,
    resource_kind: 'instructor',
    resource_id,
    from: start + from * minuteMs,
    to: start + to * minuteMs,
  }));
}

/** Runs work in a transaction. @returns `done`, `taken`, or the code of another error of the database */
export async function attempt(
  handle: DatabaseHandle,
  work: (transaction: DatabaseTransaction) => Promise<void>,
): Promise<string> {
  try {
    await handle.transaction().execute(work);
    return 'done';
  } catch (error) {
    const { code, constraint } = Object(error) as { code?: string; constraint?: string };
    return code === '23P01' && constraint === overlapConstraint ? 'taken' : String(code ?? error);
  }
}

/** Books resources for some minutes in a transaction of its own. */
export async function book(
  handle: DatabaseHandle,
  schoolId: string,
  resourceIds: readonly string[],
  [from, to]: readonly [number, number],
  sourceId: string = randomUUID(),
): Promise<{ readonly sourceId: string; readonly result: string }> {
  const claims = claimsFor(sourceId, resourceIds, from, to);
  return { sourceId, result: await attempt(handle, (transaction) => claim(transaction, schoolId, claims)) };
}

/** How many times each result occurs. */
export function counted(results: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const result of results) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}

/** The number of pairs of active claims of one resource that overlap. */
export async function overlaps(handle: DatabaseHandle): Promise<number> {
  const { rows } = await sql<{ count: string }>`
    SELECT count(*) FROM resource_claims one JOIN resource_claims other
      ON one.resource_id = other.resource_id AND one.during && other.during
      AND (one.source_id, one.resource_kind) < (other.source_id, other.resource_kind)
    WHERE one.active AND other.active
  `.execute(handle);
  return Number(rows[0]?.count);
}
