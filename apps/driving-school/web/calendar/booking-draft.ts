/** The choices in the forms of the calendar, and the proposal and request that they make. Pure. */
import type { LessonType, LocationFacts, Proposal } from '../../contract/booking/world.ts';
import { localStart, parseTime } from '../../contract/local-time.ts';
import type { LessonCreate, LessonMove } from '../../contract/lessons.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Override, Refusal, RuleName } from '../../contract/rules.ts';
import { isDay } from './calendar-address.ts';
import { tidyTime } from './typed-time.ts';

/** Time and place of a lesson in a form. */
export interface PlaceDraft {
  /** As typed; checked by `isDay`. */
  readonly date: CalendarDay;
  /** Wall time at the location, as typed. */
  readonly time: string;
  /** One of the two instants of a repeated time, with its offset; empty when there is only one. */
  readonly choice: string;
  readonly minutes: number;
  readonly instructorId: string;
  /** Empty: without a car of the school. */
  readonly vehicleId: string;
  readonly locationId: string;
}

/** A booking in the dialog, without its student. */
export interface BookingDraft extends PlaceDraft {
  readonly type: LessonType;
  readonly pickup: string;
  readonly dropOff: string;
  readonly notes: string;
  readonly referenceNumber: string;
}

/** Reasons of overrides by rule. */
export type Reasons = Readonly<Partial<Record<RuleName, string>>>;

/** The start of a draft, or why there is none. */
export type DraftStart =
  | {
      readonly ok: true;
      readonly epochMs: number;
      readonly text: string;
      /** Both instants of a time that comes twice. */
      readonly choices: readonly string[];
    }
  | {
      readonly ok: false;
      readonly field: 'date' | 'time';
      readonly message: string;
      readonly choices: readonly string[];
    };

/** Reads the start of a draft. @param zone of the location */
export function startOf({ date, time, choice }: PlaceDraft, zone: string): DraftStart {
  if (!isDay(date)) return { ok: false, field: 'date', message: 'Enter a day: year, month, day.', choices: [] };
  const clock = tidyTime(time);
  if (clock === undefined) return { ok: false, field: 'time', message: 'Enter a time such as 9:30.', choices: [] };
  const wall = `${date}T${clock}`;
  const parsed = parseTime(wall, zone);
  if (parsed.ok) return { ok: true, epochMs: parsed.epochMs, text: wall, choices: [] };
  switch (parsed.code) {
    case 'time_ambiguous': {
      if (parsed.choices.includes(choice)) {
        return { ok: true, epochMs: Date.parse(choice), text: choice, choices: parsed.choices };
      }
      const message = 'The clock is set back, so this time occurs twice. Choose one.';
      return { ok: false, field: 'time', message, choices: parsed.choices };
    }
    case 'time_does_not_exist': {
      const message = `The clock is set forward and skips this time. The next one is ${parsed.nearest.slice(11, 16)}.`;
      return { ok: false, field: 'time', message, choices: [] };
    }
    case 'time_format':
    default:
      return { ok: false, field: 'time', message: 'Enter a time such as 9:30.', choices: [] };
  }
}

/** Date, time and choice of an instant at a location. */
export function draftTimeOf(instant: number, zone: string): Pick<PlaceDraft, 'date' | 'time' | 'choice'> {
  const wall = localStart(instant, zone);
  const parsed = parseTime(wall, zone);
  const choices = !parsed.ok && parsed.code === 'time_ambiguous' ? parsed.choices : [];
  const choice = choices.find((each) => Date.parse(each) === instant) ?? '';
  return { date: wall.slice(0, 10), time: wall.slice(11), choice };
}

/** The lesson of a proposal, and its student. */
export interface LessonIdentity {
  readonly lesson_id: string | null;
  readonly type: LessonType;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly relay_after: string | null;
}

/** The proposal of a draft; undefined while its time can't be read or no instructor is chosen. */
export function proposalOf(
  draft: PlaceDraft,
  lesson: LessonIdentity,
  location: LocationFacts | undefined,
): Proposal | undefined {
  if (location === undefined || draft.instructorId === '') return undefined;
  const start = startOf(draft, location.time_zone);
  if (!start.ok) return undefined;
  return {
    ...lesson,
    instructor_id: draft.instructorId,
    vehicle_id: draft.vehicleId === '' ? null : draft.vehicleId,
    location_id: location.id,
    starts_at: start.epochMs,
    ends_at: start.epochMs + draft.minutes * 60_000,
    buffer_after_minutes: location.buffer_minutes,
  };
}

/** The overrides of soft refusals for which a reason was given. */
export function overridesOf(refusals: readonly Refusal[], reasons: Reasons): Override[] {
  return refusals.flatMap(({ rule, kind }) => {
    const reason = reasons[rule]?.trim() ?? '';
    return kind === 'soft' && reason !== '' ? [{ rule, reason }] : [];
  });
}

/** The body of `POST /api/lessons`. Only for a draft whose start can be read. */
export function bookingBody(
  draft: BookingDraft,
  lesson: Pick<LessonIdentity, 'student_id' | 'enrolment_id' | 'relay_after'>,
  startText: string,
  overrides: Override[],
): LessonCreate {
  return {
    // Named, because the given lesson may have members that the request must not have.
    student_id: lesson.student_id,
    enrolment_id: lesson.enrolment_id,
    instructor_id: draft.instructorId,
    vehicle_id: draft.vehicleId === '' ? null : draft.vehicleId,
    location_id: draft.locationId,
    type: draft.type,
    starts_at: startText,
    minutes: draft.minutes,
    pickup: textOf(draft.pickup),
    drop_off: textOf(draft.dropOff),
    notes: textOf(draft.notes),
    ...(lesson.relay_after !== null && { relay_after: lesson.relay_after }),
    ...(draft.type === 'road_test' && { reference_number: textOf(draft.referenceNumber) }),
    ...(overrides.length > 0 && { overrides }),
  };
}

function textOf(typed: string): string | null {
  return typed.trim() === '' ? null : typed.trim();
}

/** The body of a move, with the overrides that it needs. */
export function withOverrides(change: LessonMove, overrides: Override[]): LessonMove {
  return overrides.length === 0 ? change : { ...change, overrides };
}
