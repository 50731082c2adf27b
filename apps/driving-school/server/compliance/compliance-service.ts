import type { Expiry } from '../../contract/compliance.ts';
import type { Actor } from '../../contract/session.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { futureLessons } from '../lessons/lessons.ts';
import { schoolZone } from '../locations/locations.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { studentFacts } from '../students/students.ts';
import { vehicleFacts } from '../vehicles/vehicles.ts';
import { expiries } from './expiries.ts';

/** Reads what has expired or is about to. */
export class ComplianceService {
  readonly #options: Pick<SliceOptions, 'database' | 'policies' | 'wallClock'>;

  constructor(options: Pick<SliceOptions, 'database' | 'policies' | 'wallClock'>) {
    this.#options = options;
  }

  /** See `expiries`. @param days days ahead */
  async list(
    { schoolId }: Actor,
    days: number,
    context?: RequestContext,
  ): Promise<{ readonly expiries: readonly Expiry[]; readonly asOf: Temporal.Instant }> {
    const { database, policies, wallClock } = this.#options;
    const { kysely } = database;
    const asOf = wallClock.now();
    const found = await policies.databaseRead.execute(async () => {
      const today = wallClock.today(await schoolZone(kysely, schoolId)).toString();
      const lessons = await futureLessons(kysely, schoolId, asOf.epochMilliseconds);
      const ids = (of: (lesson: (typeof lessons)[number]) => string | null): ReadonlySet<string | null> =>
        new Set(lessons.map(of));
      const teaching = ids(({ instructor_id }) => instructor_id);
      const driven = ids(({ vehicle_id }) => vehicle_id);
      const instructors = await instructorFacts(kysely, schoolId);
      const vehicles = await vehicleFacts(kysely, schoolId);
      const students = await studentFacts(kysely, schoolId, [...new Set(lessons.map(({ student_id }) => student_id))]);
      return expiries(
        {
          // Those who have left matter only while lessons are booked with them.
          instructors: instructors.filter(({ id, disabled }) => !disabled || teaching.has(id)),
          vehicles: vehicles.filter(({ id, status }) => status === 'active' || driven.has(id)),
          students,
          lessons,
        },
        { today, days },
      );
    }, context);
    return { expiries: found, asOf };
  }
}
