import { useEffect, useMemo, useState } from 'preact/hooks';
import type { BookingWorld, LocationFacts, Proposal } from '../../contract/booking/world.ts';
import { type DraftStart, type LessonIdentity, type PlaceDraft, proposalOf, startOf } from './booking-draft.ts';
import { isDay } from './calendar-address.ts';
import { bufferOf } from './calendar-move.ts';
import { type Verdict, verdictOf } from './calendar-verdict.ts';
import type { Worlds } from './worlds.ts';

/** A draft with what the rules say about it. */
export interface Judgement {
  readonly state: 'none' | 'checking' | 'judged';
  readonly start: DraftStart;
  readonly world: BookingWorld | undefined;
  readonly proposal: Proposal | undefined;
  readonly verdict: Verdict | undefined;
}

/**
 * Judges a draft while it is edited.
 *
 * @param lesson undefined while no student is chosen
 * @param bufferMinutes the buffer of a lesson that keeps its own. Default: that of the location
 */
export function useJudgement(
  draft: PlaceDraft,
  lesson: LessonIdentity | undefined,
  location: Pick<LocationFacts, 'id' | 'name' | 'time_zone'> | undefined,
  worlds: Worlds,
  bufferMinutes?: number,
): Judgement {
  const world = useWorld(worlds, lesson, draft.date);
  const zone = location?.time_zone ?? 'America/Toronto';
  return useMemo(() => {
    const start = startOf(draft, zone);
    const buffer = bufferMinutes ?? bufferOf(world?.locations.find(({ id }) => id === location?.id));
    const place = location === undefined ? undefined : { ...location, buffer_minutes: buffer };
    const proposal = lesson === undefined ? undefined : proposalOf(draft, lesson, place);
    const verdict = proposal === undefined || world === undefined ? undefined : verdictOf(proposal, world, zone);
    const state = proposal === undefined ? 'none' : verdict === undefined ? 'checking' : 'judged';
    return { state, start, world, proposal, verdict };
  }, [JSON.stringify([draft, lesson, location, bufferMinutes]), world]);
}

/** The facts of a student on a day. Undefined while they are loading, and when they can't be loaded: the server decides. */
function useWorld(worlds: Worlds, lesson: LessonIdentity | undefined, day: string): BookingWorld | undefined {
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly world: BookingWorld }>();
  const key = lesson === undefined || !isDay(day) ? '' : `${lesson.student_id} ${lesson.enrolment_id ?? ''} ${day}`;
  useEffect(() => {
    if (lesson === undefined || key === '') return undefined;
    let isCurrent = true;
    worlds.of(lesson.student_id, lesson.enrolment_id, day, day).then(
      (world) => {
        if (isCurrent) setLoaded({ key, world });
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded?.key === key ? loaded.world : undefined;
}
