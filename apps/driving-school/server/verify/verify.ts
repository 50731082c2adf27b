import type { DatabaseHandle } from '../platform/database/handle.ts';
import { bookedPastExpiry } from './booked-past-expiry.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { claims } from './claims.ts';
import { enrolments } from './enrolments.ts';
import { guardians } from './guardians.ts';
import { overlaps } from './overlaps.ts';
import { standby } from './standby.ts';

export type { Check, CheckContext, Finding } from './check.ts';

/** Every check of the whole data, in the order of the report. A new one is a file of its own and a line here. */
export const checks: readonly Check[] = [overlaps, claims, standby, enrolments, guardians, bookedPastExpiry];

/** The result of a check. */
export interface CheckResult {
  readonly check: Check;
  readonly findings: readonly Finding[];
}

/**
 * Runs all checks, each in a transaction that only reads and sees one state of the data: the embedded database does
 * nothing else meanwhile.
 */
export async function* runChecks(
  database: DatabaseHandle,
  context: Omit<CheckContext, 'database'>,
): AsyncGenerator<CheckResult> {
  for (const check of checks) {
    const findings =
      check.reads === 'program'
        ? await check.run({ ...context, database })
        : await database
            .transaction()
            .setIsolationLevel('repeatable read')
            .setAccessMode('read only')
            .execute((transaction) => check.run({ ...context, database: transaction }));
    yield { check, findings };
  }
}
