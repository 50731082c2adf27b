import type { PlanDefaults, PlanPreview, PlanPreviewRequest, WishText } from '../../contract/planning.ts';

/** The entries of a clerk for a plan. */
export interface PlanDraft {
  readonly enrolmentId: string;
  readonly wishes: readonly WishText[];
  /** The times of the next day of the week that is added. */
  readonly times: { readonly from: string; readonly to: string };
  readonly minutes: string;
  readonly lessons: string;
  readonly from: string;
  readonly instructorId: string;
  readonly vehicleId: string;
  readonly locationId: string;
}

type PlannedLesson = PlanPreview['lessons'][number];

const usualTimes = { from: '15:00', to: '20:00' };

/** The draft of a course: as many lessons as it still needs, from today, at the student's usual times. */
export function newDraft(defaults: PlanDefaults): PlanDraft {
  const [course] = defaults.enrolments;
  const minutes = defaults.lesson_minutes;
  const { wishes } = defaults;
  const first = wishes[0];
  return {
    enrolmentId: course?.id ?? '',
    wishes,
    times: first === undefined ? usualTimes : { from: first.from, to: first.to },
    minutes: String(minutes),
    lessons: String(neededLessons(course, minutes)),
    from: defaults.today,
    instructorId: '',
    vehicleId: '',
    locationId: defaults.location_id ?? '',
  };
}

/** Lessons that a course still needs; at least one. */
export function neededLessons(course: PlanDefaults['enrolments'][number] | undefined, minutes: number): number {
  if (course === undefined) return 1;
  return Math.min(60, Math.max(1, Math.ceil((course.required_minutes - course.booked_minutes) / minutes)));
}

/** The draft with a day of the week added or removed. */
export function toggledDay(draft: PlanDraft, weekday: number): PlanDraft {
  const isOn = draft.wishes.some((wish) => wish.weekday === weekday);
  const wishes = isOn
    ? draft.wishes.filter((wish) => wish.weekday !== weekday)
    : [...draft.wishes, { weekday, ...draft.times }].toSorted((a, b) => a.weekday - b.weekday);
  return { ...draft, wishes };
}

/** The draft with other times on a day. Days that are added later begin with these times. */
export function changedTimes(draft: PlanDraft, weekday: number, change: Partial<PlanDraft['times']>): PlanDraft {
  const wishes = draft.wishes.map((wish) => (wish.weekday === weekday ? { ...wish, ...change } : wish));
  const changed = wishes.find((wish) => wish.weekday === weekday);
  return { ...draft, wishes, times: changed === undefined ? draft.times : { from: changed.from, to: changed.to } };
}

/** The request for a preview; undefined while something is missing or can't be a number. */
export function previewRequest(
  draft: PlanDraft,
  keep: readonly Pick<PlannedLesson, 'starts_at' | 'instructor_id' | 'vehicle_id'>[],
): PlanPreviewRequest | undefined {
  const lessons = Number(draft.lessons);
  const isWhole = Number.isInteger(lessons) && lessons >= 1 && lessons <= 60;
  const hasTimes = draft.wishes.every(({ from, to }) => from !== '' && to !== '' && from < to);
  if (draft.enrolmentId === '' || draft.wishes.length === 0 || !isWhole || !hasTimes) return undefined;
  return {
    enrolment_id: draft.enrolmentId,
    wishes: [...draft.wishes],
    lesson_minutes: Number(draft.minutes),
    lessons,
    from: draft.from,
    ...(draft.locationId === '' ? {} : { location_id: draft.locationId }),
    ...(draft.instructorId === '' ? {} : { instructor_id: draft.instructorId }),
    ...(draft.vehicleId === '' ? {} : { vehicle_id: draft.vehicleId }),
    ...(keep.length === 0 ? {} : { keep: keep.map(keptOf) }),
  };
}

function keptOf({
  starts_at,
  instructor_id,
  vehicle_id,
}: Pick<PlannedLesson, 'starts_at' | 'instructor_id' | 'vehicle_id'>) {
  return { starts_at, instructor_id, vehicle_id };
}
