import { type BookingWorld, type Claim, type Proposal, resourceKinds } from './world.ts';

const minuteMs = 60_000;

/** The claims of a booked lesson: instructor and vehicle with the buffer, the student without. */
export function claimsOf(lesson: Proposal & { readonly lesson_id: string }): Claim[] {
  const { lesson_id: source_id, starts_at: from, ends_at } = lesson;
  const source_kind = lesson.type === 'road_test' ? 'road_test' : 'lesson';
  const buffered = ends_at + lesson.buffer_after_minutes * minuteMs;
  const claim = (resource_kind: Claim['resource_kind'], resource_id: string, to: number): Claim => ({
    source_kind,
    source_id,
    resource_kind,
    resource_id,
    from,
    to,
  });
  return [
    claim('student', lesson.student_id, ends_at),
    claim('instructor', lesson.instructor_id, buffered),
    ...(lesson.vehicle_id === null ? [] : [claim('vehicle', lesson.vehicle_id, buffered)]),
  ];
}

/**
 * The claims of the world that a proposal overlaps, as the database would find them: those of the student first, then of
 * the instructor and the vehicle, the earliest first.
 */
export function conflictsOf(proposal: Proposal, { claims }: Pick<BookingWorld, 'claims'>): Claim[] {
  const wanted = claimsOf({ ...proposal, lesson_id: proposal.lesson_id ?? '' });
  const found = claims.filter(
    (claim) =>
      claim.source_id !== proposal.lesson_id &&
      wanted.some(
        ({ resource_kind, resource_id, from, to }) =>
          claim.resource_kind === resource_kind &&
          claim.resource_id === resource_id &&
          claim.from < to &&
          from < claim.to &&
          !isRelayBuffer(claim, proposal),
      ),
  );
  return found.toSorted((a, b) => order(a) - order(b) || a.from - b.from);
}

function order({ resource_kind }: Claim): number {
  return resourceKinds.indexOf(resource_kind);
}

/** Whether a claim belongs to the previous lesson of a relay and overlaps only by its buffer. */
function isRelayBuffer(claim: Claim, { relay_after, starts_at }: Proposal): boolean {
  // The previous lesson's student claim has no buffer, so a real overlap with that lesson is found through it or refused
  // when the relay is checked: the next lesson must begin exactly where the previous one ends.
  return relay_after !== null && claim.source_id === relay_after && claim.from < starts_at;
}
