import { type ClaimFault, claimFaults } from '../calendar/calendar.ts';
import { expectedTimeOffClaims } from '../instructors/instructors.ts';
import { expectedLessonClaims, lessonCodes } from '../lessons/lessons.ts';
import { expectedOutageClaims } from '../vehicles/vehicles.ts';
import type { Check } from './check.ts';

const faultWords: Readonly<Record<ClaimFault['fault'], string>> = {
  missing: 'has no claim',
  orphan: 'does not exist or does not need its claim',
  school: 'has a claim of another school',
  period: 'has a claim with another period',
  inactive: 'has an inactive claim',
  active: 'is cancelled but still has an active claim',
};

/** Every lesson, time off and outage has exactly its claims: the constraint against double bookings sees only claims. */
export const claims: Check = {
  name: 'claims',
  rule: 'Every booked lesson, time off and outage keeps its instructor, car and student busy for exactly its time.',
  advice: 'Move the lesson and undo the move: both write its claims again. Enter time off and outages again.',
  async run({ database }) {
    const faults = await claimFaults(
      database,
      [expectedLessonClaims(), expectedTimeOffClaims(), expectedOutageClaims()],
      ['lesson', 'road_test', 'time_off', 'outage'],
    );
    const codes = await lessonCodes(
      database,
      faults.map(({ source_id }) => source_id),
    );
    return faults.map(
      ({ fault, source_kind: kind, source_id: id, resource_kind: resource, resource_id: resourceId }) => ({
        text: `${sentenceCase(kind)} ${codes.get(id) ?? id} ${faultWords[fault]} (${resource}).`,
        ids: [id, resourceId],
      }),
    );
  },
};

function sentenceCase(kind: string): string {
  return `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1).replace('_', ' ')}`;
}
