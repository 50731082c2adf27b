/** The rules of a lesson, without database and clock. Instants are milliseconds since 1970 (UTC). */
import type { LessonType, LocationFacts, Proposal } from '../../contract/booking/world.ts';
import { type Lesson, undoMinutes } from '../../contract/lessons.ts';
import { localStart, localTime } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import type { Override } from '../../contract/rules.ts';
import type { Actor } from '../../contract/session.ts';

const minuteMs = 60_000;
/** A road test can be cancelled until this long before it begins. */
const roadTestNoticeMs = 48 * 60 * minuteMs;

/** Everything about a lesson that moving, cancelling and undoing replace. */
export interface Placement {
  readonly starts_at: number;
  readonly ends_at: number;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
  readonly location_id: string;
  readonly time_zone: string;
  readonly local_date: CalendarDay;
  readonly buffer_after_minutes: number;
  readonly cancel_by: number | null;
  readonly overrides: readonly Override[];
  readonly status: Lesson['status'];
  readonly status_reason: string | null;
  readonly cancelled_notice_at: number | null;
  /** The lesson after which this one begins without a buffer. */
  readonly relay_after: string | null;
  /** The lesson that begins where this one ends. */
  readonly relay_next_id: string | null;
}

/** The texts of a lesson, which `PATCH` changes. */
export interface LessonTexts {
  readonly pickup: string | null;
  readonly drop_off: string | null;
  readonly notes: string | null;
  readonly reference_number: string | null;
}

/** A lesson as it is stored. */
export interface LessonRecord extends Placement, LessonTexts {
  readonly id: string;
  readonly short_code: string;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly type: LessonType;
  readonly plan_id: string | null;
  readonly ics_sequence: number;
  readonly version: number;
}

/** A change of a lesson that may be undone. */
export interface LessonStep {
  readonly version: number;
  readonly at: number;
  readonly action: 'created' | 'moved' | 'cancelled' | 'undone';
  /** Null for a new lesson. */
  readonly before: Placement | null;
}

/** Instructors see their own lessons; operators see none. */
export function isVisible(actor: Actor, { instructor_id }: Pick<LessonRecord, 'instructor_id'>): boolean {
  if (actor.role === 'instructor') return instructor_id === actor.userId;
  return actor.role === 'owner' || actor.role === 'office';
}

/** The lesson in answers. @param undoUntil until when the last change can be undone */
export function lessonOf(record: LessonRecord, undoUntil: number | null = null): Lesson {
  const { starts_at, ends_at, time_zone, cancelled_notice_at, cancel_by } = record;
  return {
    id: record.id,
    short_code: record.short_code,
    student_id: record.student_id,
    enrolment_id: record.enrolment_id,
    instructor_id: record.instructor_id,
    vehicle_id: record.vehicle_id,
    location_id: record.location_id,
    type: record.type,
    starts_at: isoInstant(starts_at),
    ends_at: isoInstant(ends_at),
    local_start: localStart(starts_at, time_zone),
    local_date: record.local_date,
    time_zone,
    minutes: (ends_at - starts_at) / minuteMs,
    buffer_after_minutes: record.buffer_after_minutes,
    status: record.status,
    status_reason: record.status_reason,
    cancelled_notice_at: cancelled_notice_at === null ? null : isoInstant(cancelled_notice_at),
    relay_after: record.relay_after,
    pickup: record.pickup,
    drop_off: record.drop_off,
    notes: record.notes,
    reference_number: record.reference_number,
    cancel_by: cancel_by === null ? null : isoInstant(cancel_by),
    plan_id: record.plan_id,
    overrides: [...record.overrides],
    undo_until: undoUntil === null ? null : isoInstant(undoUntil),
    version: record.version,
  };
}

/** An instant in answers: `2026-03-09T13:00:00.000Z`. */
export function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** The parts of a placement that follow from the type, the times and the location. */
export function derived(
  type: LessonType,
  startsAt: number,
  { time_zone }: Pick<LocationFacts, 'time_zone'>,
): Pick<Placement, 'time_zone' | 'local_date' | 'cancel_by'> {
  return {
    time_zone,
    local_date: localTime(startsAt, time_zone).day,
    cancel_by: type === 'road_test' ? startsAt - roadTestNoticeMs : null,
  };
}

/** The proposal to have a lesson where it is. */
export function proposalOf(
  record: Omit<LessonRecord, 'short_code' | 'version' | 'ics_sequence'>,
): Proposal & { readonly lesson_id: string } {
  return {
    lesson_id: record.id,
    type: record.type,
    student_id: record.student_id,
    enrolment_id: record.enrolment_id,
    instructor_id: record.instructor_id,
    vehicle_id: record.vehicle_id,
    location_id: record.location_id,
    starts_at: record.starts_at,
    ends_at: record.ends_at,
    buffer_after_minutes: record.buffer_after_minutes,
    relay_after: record.relay_after,
  };
}

/** The parts of a record that undo restores. */
export function placementOf(record: LessonRecord): Placement {
  return {
    starts_at: record.starts_at,
    ends_at: record.ends_at,
    instructor_id: record.instructor_id,
    vehicle_id: record.vehicle_id,
    location_id: record.location_id,
    time_zone: record.time_zone,
    local_date: record.local_date,
    buffer_after_minutes: record.buffer_after_minutes,
    cancel_by: record.cancel_by,
    overrides: record.overrides,
    status: record.status,
    status_reason: record.status_reason,
    cancelled_notice_at: record.cancelled_notice_at,
    relay_after: record.relay_after,
    relay_next_id: record.relay_next_id,
  };
}

/** A lesson that does not take place. */
export function cancelled(lesson: LessonRecord, reason: string, noticeAt: Temporal.Instant): Placement {
  return {
    ...placementOf(lesson),
    status: 'cancelled',
    status_reason: reason,
    cancelled_notice_at: noticeAt.epochMilliseconds,
    relay_after: null,
    relay_next_id: null,
  };
}

/** Whether the second lesson can begin without a buffer after the first: same instructor and car, no gap. */
export function isRelay(
  first: Pick<Placement, 'status' | 'instructor_id' | 'vehicle_id' | 'ends_at'>,
  next: Pick<Placement, 'status' | 'instructor_id' | 'vehicle_id' | 'starts_at'>,
): boolean {
  return (
    first.status === 'booked' &&
    next.status === 'booked' &&
    first.instructor_id === next.instructor_id &&
    first.vehicle_id === next.vehicle_id &&
    first.ends_at === next.starts_at
  );
}

/**
 * The change that undo takes back next: changes that have been undone already don't count.
 *
 * @param steps the newest first
 */
export function lastStep(steps: readonly LessonStep[]): LessonStep | undefined {
  let undone = 0;
  for (const step of steps) {
    if (step.action === 'undone') undone += 1;
    else if (undone === 0) return step;
    else undone -= 1;
  }
  return undefined;
}

/** The last instant at which a change can be undone. */
export function undoEnd({ at }: Pick<LessonStep, 'at'>): number {
  return at + undoMinutes * minuteMs;
}

/** Until when the last change of a lesson can be undone; null when it can't. */
export function undoUntil(
  { status }: Pick<LessonRecord, 'status'>,
  steps: readonly LessonStep[],
  now: number,
): number | null {
  const step = lastStep(steps);
  if (step === undefined || status === 'done' || status === 'no_show') return null;
  return now <= undoEnd(step) ? undoEnd(step) : null;
}
