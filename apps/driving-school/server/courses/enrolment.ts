import { courseDeadline } from '../../contract/course-dates.ts';
import type { RuleNumbers } from '../../contract/booking/world.ts';
import type { EnrolmentKind, EnrolmentStatus } from '../../contract/enrolments.ts';
import { addYears, type CalendarDay } from '../../contract/parsers.ts';
import type { ProblemDetail } from '../../contract/problem.ts';

/**
 * The statuses to which an enrolment can move from each. A complete course has all its hours, a certifiable one all that
 * the ministry demands; a report can be rejected. A confirmed or transferred course never changes.
 */
export const enrolmentEdges: Readonly<Record<EnrolmentStatus, readonly EnrolmentStatus[]>> = {
  active: ['complete', 'withdrawn', 'expired', 'transferred'],
  complete: ['active', 'certifiable', 'withdrawn', 'expired', 'transferred'],
  certifiable: ['complete', 'reported', 'withdrawn', 'expired', 'transferred'],
  reported: ['certifiable', 'confirmed'],
  confirmed: [],
  withdrawn: ['active'],
  expired: ['active', 'withdrawn'],
  transferred: [],
};

/** Whether an enrolment can move from one status to another. */
export function mayMove(from: EnrolmentStatus, to: EnrolmentStatus): boolean {
  return enrolmentEdges[from].includes(to);
}

/** The dates of a course, and what was bought. */
export interface CourseTerms {
  readonly course_started_on: CalendarDay;
  readonly deadline_on: CalendarDay | null;
  readonly in_vehicle_minutes_bought: number;
}

/** Terms that hold, or all problems with them. */
export type CheckedTerms =
  | { readonly ok: true; readonly value: CourseTerms }
  | { readonly ok: false; readonly problems: readonly ProblemDetail[] };

/** The requested terms. An omitted deadline is that of the rules, null as well. */
export interface AskedTerms {
  readonly course_started_on: CalendarDay;
  readonly deadline_on?: CalendarDay | null | undefined;
  readonly in_vehicle_minutes_bought?: number | undefined;
}

/** The most years ahead that a course can begin: more is a typing error. */
const yearsAheadMax = 2;

/** Checks the terms of a course against its rules. */
export function checkTerms(
  kind: EnrolmentKind,
  asked: AskedTerms,
  { rules, today, bornOn }: { readonly rules: RuleNumbers; readonly today: CalendarDay; readonly bornOn: CalendarDay },
): CheckedTerms {
  const problems: ProblemDetail[] = [];
  const report = (name: keyof CourseTerms, code: string, message: string): void => {
    problems.push({ pointer: `/${name}`, code, message });
  };
  const { course_started_on: from } = asked;
  if (from > addYears(today, yearsAheadMax)) {
    report('course_started_on', 'too_far_ahead', `Choose a day within ${yearsAheadMax} years. Check the year.`);
  }
  if (from < bornOn) {
    report('course_started_on', 'before_birth', 'The course cannot begin before the birth date. Check both dates.');
  }
  const latest = latestDeadline(kind, from);
  const deadline = asked.deadline_on ?? latest;
  if (latest === null && deadline !== null) {
    report('deadline_on', 'not_for_lesson_pack', 'A lesson pack has no deadline.');
  } else if (latest !== null && deadline !== null && deadline > latest) {
    report('deadline_on', 'after_the_rules', `The course ends on ${latest} at the latest, a year after its first day.`);
  } else if (deadline !== null && deadline < from) {
    report('deadline_on', 'before_start', 'The deadline must not be before the first day.');
  }
  const minutes = asked.in_vehicle_minutes_bought ?? (kind === 'bde' ? rules.in_vehicle_minutes : 0);
  if (kind === 'lesson_pack' && minutes === 0) {
    report('in_vehicle_minutes_bought', 'required', 'Enter how many minutes of lessons were bought.');
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: { course_started_on: from, deadline_on: deadline, in_vehicle_minutes_bought: minutes },
  };
}

/** The latest possible deadline: null for a lesson pack, which has none. */
export function latestDeadline(kind: EnrolmentKind, startedOn: CalendarDay): CalendarDay | null {
  return kind === 'bde' ? courseDeadline(startedOn) : null;
}

/**
 * Applies a change to the terms. When the first day moves, a deadline of the rules moves with it; one that was shortened
 * stays, unless the rules now end the course earlier.
 */
export function changedTerms(
  kind: EnrolmentKind,
  current: CourseTerms,
  patch: { readonly [Name in keyof AskedTerms]?: AskedTerms[Name] | undefined },
): AskedTerms {
  const startedOn = patch.course_started_on ?? current.course_started_on;
  const minutes = patch.in_vehicle_minutes_bought ?? current.in_vehicle_minutes_bought;
  const asked = { course_started_on: startedOn, in_vehicle_minutes_bought: minutes };
  if (Object.hasOwn(patch, 'deadline_on') && patch.deadline_on !== undefined) {
    return { ...asked, deadline_on: patch.deadline_on };
  }
  const wasShortened = current.deadline_on !== latestDeadline(kind, current.course_started_on);
  const latest = latestDeadline(kind, startedOn);
  if (!wasShortened || latest === null || current.deadline_on === null || current.deadline_on > latest) return asked;
  return { ...asked, deadline_on: current.deadline_on };
}
