import { clockText, type LocalTime, localTime } from '../local-time.ts';
import { addDays, addYears, type CalendarDay } from '../parsers.ts';
import { bookingRules, type Refusal, type RuleFacts, type RuleName } from '../rules.ts';
import { ruleSetOfLesson } from './rule-sets-of-world.ts';
import type {
  BookingWorld,
  EnrolmentFacts,
  InstructorFacts,
  LocationFacts,
  Proposal,
  RuleSetFacts,
  StudentFacts,
  VehicleFacts,
  WorkingHours,
} from './world.ts';

/** A proposal with everything that the rules need to know about it. */
interface Case {
  readonly proposal: Proposal;
  readonly world: BookingWorld;
  readonly location: LocationFacts;
  readonly student: StudentFacts;
  readonly instructor: InstructorFacts;
  readonly vehicle: VehicleFacts | undefined;
  readonly enrolment: EnrolmentFacts | undefined;
  readonly ruleSet: RuleSetFacts;
  /** The calendar day of the start at the location. */
  readonly day: CalendarDay;
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  readonly startMinute: number;
  /** Minutes of the wall clock at the end, counted from the midnight before the start: more than 1,440 after midnight. */
  readonly endMinute: number;
  readonly minutes: number;
}

interface Finding {
  readonly message: string;
  readonly facts: RuleFacts;
  readonly source?: string;
}
type Rule = (booking: Case) => Finding | undefined;

/** Each rule as a function of the case. A new rule is a line in `contract/rules.ts` and a function here. */
const rules: Readonly<Record<RuleName, Rule>> = {
  instructor_licence({ instructor, day }) {
    if (instructor.licence_expires_on !== null && day <= instructor.licence_expires_on) return undefined;
    return {
      message:
        instructor.licence_expires_on === null
          ? `No instructor’s licence is recorded for ${instructor.name}.`
          : `The instructor’s licence of ${instructor.name} expires on ${instructor.licence_expires_on}, before this lesson.`,
      facts: { expires_on: instructor.licence_expires_on, day },
    };
  },
  instructor_contract({ instructor, day }) {
    const { contract_from: from, contract_to: to, disabled } = instructor;
    if (!disabled && (from === null || from <= day) && (to === null || day <= to)) return undefined;
    return {
      message: disabled
        ? `${instructor.name} no longer works here.`
        : `${instructor.name} is under contract ${from === null ? '' : `from ${from} `}${to === null ? '' : `until ${to}`}`.trim() +
          ', not on this day.',
      facts: { contract_from: from, contract_to: to, day },
    };
  },
  vehicle_insurance: expiryOfVehicle('insurance', ({ insurance_expires_on: on }) => on),
  vehicle_registration: expiryOfVehicle('registration', ({ registration_expires_on: on }) => on),
  vehicle_safety({ vehicle, day }) {
    if (vehicle === undefined || vehicle.safety_expires_on === null || day <= vehicle.safety_expires_on)
      return undefined;
    return {
      message: `The safety certificate of ${vehicle.name} expires on ${vehicle.safety_expires_on}, before this lesson.`,
      facts: { expires_on: vehicle.safety_expires_on, day },
    };
  },
  student_licence({ student, day }) {
    const { licence_class, licence_issued_on: from, licence_expires_on: to } = student;
    if (licence_class === 'none') {
      return {
        message: `${student.name} has no driver’s licence on record. In-car lessons need at least a G1.`,
        facts: { licence_class, day },
      };
    }
    if ((from === null || from <= day) && (to === null || day <= to)) return undefined;
    return {
      message:
        to !== null && to < day
          ? `The driver’s licence of ${student.name} expires on ${to}, before this lesson.`
          : `The driver’s licence of ${student.name} is issued on ${from}, after this lesson.`,
      facts: { licence_class, issued_on: from, expires_on: to, day },
    };
  },
  student_age({ student, day, ruleSet }) {
    const { student_age_min: age } = ruleSet.rules;
    const allowedFrom = addYears(student.birth_date, age);
    if (allowedFrom <= day) return undefined;
    return {
      message: `${student.name} turns ${age} on ${allowedFrom}, after this lesson.`,
      facts: { age_min: age, allowed_from: allowedFrom, day },
      source: sourceOf(ruleSet),
    };
  },
  course_deadline({ enrolment, day }) {
    if (enrolment === undefined) return undefined;
    const { course_started_on: from, deadline_on: to, status } = enrolment;
    const isOver = !['active', 'complete', 'certifiable'].includes(status);
    if (!isOver && from <= day && (to === null || day <= to)) return undefined;
    return {
      message: isOver
        ? 'The course is over.'
        : day < from
          ? `The course begins on ${from}, after this lesson.`
          : `The course ends on ${to}, before this lesson.`,
      facts: { course_started_on: from, deadline_on: to, status, day },
      source: sourceOf(enrolment.rule_set),
    };
  },
  g1_night({ student, startMinute, endMinute, ruleSet }) {
    const { g1_from_minute: from, g1_to_minute: to } = ruleSet.rules;
    if (student.licence_class !== 'G1' || (from <= startMinute && endMinute <= to)) return undefined;
    return {
      message: `With a G1, ${student.name} can drive only between ${clockText(from)} and ${clockText(to)}.`,
      facts: {
        from: clockText(from),
        to: clockText(to),
        start: clockText(startMinute),
        end: clockText(endMinute % 1_440),
      },
      source: sourceOf(ruleSet),
    };
  },
  in_vehicle_day_cap({ proposal, world, day, minutes, ruleSet }) {
    if (proposal.type !== 'bde_in_vehicle') return undefined;
    const hasClass = world.class_days.some((each) => each.student_id === proposal.student_id && each.day === day);
    const { in_vehicle_day_cap_minutes: ordinary, in_vehicle_class_day_cap_minutes: onClassDay } = ruleSet.rules;
    const limit = hasClass ? onClassDay : ordinary;
    const booked = world.in_vehicle
      .filter(
        ({ lesson_id, student_id, local_date }) =>
          student_id === proposal.student_id && local_date === day && lesson_id !== proposal.lesson_id,
      )
      .reduce((sum, lesson) => sum + lesson.minutes, 0);
    if (booked + minutes <= limit) return undefined;
    return {
      message:
        booked === 0
          ? `At most ${limit} minutes in the car count on one day; this lesson has ${minutes}.`
          : `At most ${limit} minutes in the car count on one day, and ${booked} are booked already.`,
      facts: { limit_minutes: limit, booked_minutes: booked, minutes, day, class_day: hasClass },
      source: sourceOf(ruleSet),
    };
  },
  instructor_hours({ instructor, day, weekday, startMinute, endMinute }) {
    const today = hoursOn(instructor, day, weekday);
    // A lesson past midnight continues in the hours of the next day.
    const tomorrow = endMinute <= 1_440 ? [] : hoursAfter(instructor, day, weekday);
    if (isCovered(startMinute, endMinute, [...today, ...tomorrow])) return undefined;
    const text = today
      .map(({ from_minute, to_minute }) => `${clockText(from_minute)}–${clockText(to_minute)}`)
      .join(', ');
    return {
      message:
        text === '' ? `${instructor.name} does not work on this day.` : `${instructor.name} works ${text} on this day.`,
      facts: { hours: text, day },
    };
  },
  closed_day({ world, location, day }) {
    const closed = world.closed_days.find(
      (each) => each.day === day && (each.location_id === null || each.location_id === location.id),
    );
    return closed && { message: `The school is closed on ${day}: ${closed.name}.`, facts: { day, name: closed.name } };
  },
  deadline_near({ enrolment, day }) {
    const deadline = enrolment?.deadline_on ?? null;
    if (enrolment === undefined || deadline === null || day > deadline) return undefined;
    const { deadline_near_days: days } = enrolment.rule_set.rules;
    if (day <= addDays(deadline, -days)) return undefined;
    return {
      message: `This is in the last ${days} days of the course, which ends on ${deadline}.`,
      facts: { deadline_on: deadline, day, days },
      source: sourceOf(enrolment.rule_set),
    };
  },
  unpaid_balance({ world, student }) {
    const cents = world.owing.find(({ student_id }) => student_id === student.id)?.cents ?? 0;
    if (cents <= 0) return undefined;
    return { message: `${student.name} owes $${(cents / 100).toFixed(2)}.`, facts: { owing_cents: cents } };
  },
  tight_travel({ proposal, world, location }) {
    const gapMinutes = location.buffer_minutes;
    const before = world.claims
      .filter(
        ({ resource_kind, resource_id, source_id, to }) =>
          resource_kind === 'instructor' &&
          resource_id === proposal.instructor_id &&
          source_id !== proposal.lesson_id &&
          source_id !== proposal.relay_after &&
          to === proposal.starts_at,
      )
      .at(0);
    if (before === undefined || before.source_kind !== 'lesson' || gapMinutes === 0) return undefined;
    return {
      message: `Only ${gapMinutes} minutes after the previous lesson: check that the way is short enough.`,
      facts: { gap_minutes: gapMinutes },
    };
  },
  transmission_mismatch({ instructor, vehicle }) {
    if (vehicle === undefined || instructor.transmissions === 'both') return undefined;
    if (vehicle.transmission === instructor.transmissions) return undefined;
    return {
      message: `${vehicle.name} is ${vehicle.transmission}; ${instructor.name} teaches only with ${instructor.transmissions} cars.`,
      facts: { vehicle: vehicle.transmission, instructor: instructor.transmissions },
    };
  },
};

/**
 * Judges a proposal by all rules: hard ones first, then soft ones, then advice. Whether someone is busy is not a rule;
 * see `conflictsOf`.
 *
 * @param among the rules to judge by; default: all
 * @throws RangeError when the world lacks a record that the proposal names
 */
export function judge(
  proposal: Proposal,
  world: BookingWorld,
  among: readonly RuleName[] = Object.keys(rules) as RuleName[],
): Refusal[] {
  const booking = caseOf(proposal, world);
  return among.flatMap((rule) => {
    const finding = rules[rule](booking);
    return finding === undefined ? [] : [{ rule, kind: bookingRules[rule], source: 'school', ...finding }];
  });
}

function caseOf(proposal: Proposal, world: BookingWorld): Case {
  const location = found(world.locations, proposal.location_id, 'location');
  const enrolment =
    proposal.enrolment_id === null ? undefined : found(world.enrolments, proposal.enrolment_id, 'enrolment');
  const wall = wallPeriod(proposal.starts_at, proposal.ends_at, location.time_zone);
  return {
    proposal,
    world,
    location,
    enrolment,
    student: found(world.students, proposal.student_id, 'student'),
    instructor: found(world.instructors, proposal.instructor_id, 'instructor'),
    vehicle: proposal.vehicle_id === null ? undefined : found(world.vehicles, proposal.vehicle_id, 'vehicle'),
    ruleSet: ruleSetOfLesson(world, enrolment, wall.day),
    ...wall,
    minutes: Math.round((proposal.ends_at - proposal.starts_at) / 60_000),
  };
}

/** A period in wall time: its first day, and the minutes of that day's wall clock. */
export interface WallPeriod extends Pick<LocalTime, 'day' | 'weekday'> {
  readonly startMinute: number;
  /** More than 1,440 after midnight. */
  readonly endMinute: number;
}

/**
 * The wall time of a lesson, which is at most 8 hours long. When the clock goes back during the lesson, it takes the
 * repeated hour twice, so the period contains all of that hour.
 */
export function wallPeriod(from: number, to: number, zone: string): WallPeriod {
  const start = localTime(from, zone);
  const end = localTime(to, zone);
  const endMinute = end.day === start.day ? end.minute : end.minute + 1_440;
  const wall = { day: start.day, weekday: start.weekday, startMinute: start.minute, endMinute };
  const repeated = Math.round((to - from) / 60_000) - (endMinute - start.minute);
  if (repeated <= 0) return wall;
  const back = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).getTimeZoneTransition('next');
  if (back === null) return wall;
  const midnight = back.toPlainDate().toString() === start.day ? 0 : 1_440;
  const first = midnight + back.hour * 60 + back.minute;
  return { ...wall, startMinute: Math.min(start.minute, first), endMinute: Math.max(endMinute, first + repeated) };
}

function found<T extends { readonly id: string }>(records: readonly T[], id: string, kind: string): T {
  const record = records.find((each) => each.id === id);
  if (record === undefined) throw new RangeError(`The world has no ${kind} ${id}.`);
  return record;
}

function expiryOfVehicle(what: string, expiresOn: (vehicle: VehicleFacts) => CalendarDay | null): Rule {
  return ({ vehicle, day }) => {
    if (vehicle === undefined) return undefined;
    const on = expiresOn(vehicle);
    if (on !== null && day <= on) return undefined;
    return {
      message:
        on === null
          ? `No ${what} is recorded for ${vehicle.name}.`
          : `The ${what} of ${vehicle.name} expires on ${on}, before this lesson.`,
      facts: { expires_on: on, day },
    };
  };
}

/** The working hours of an instructor on a day, the earliest first. @param weekday of the day; 1 is Monday */
export function hoursOn({ hours }: InstructorFacts, day: CalendarDay, weekday: number): WorkingHours[] {
  return hours
    .filter(
      (each) =>
        each.weekday === weekday &&
        (each.valid_from === null || each.valid_from <= day) &&
        (each.valid_to === null || day <= each.valid_to),
    )
    .toSorted((a, b) => a.from_minute - b.from_minute);
}

/** The working hours on the day after, in minutes since the midnight before it: 1,440 and more. */
export function hoursAfter(
  instructor: InstructorFacts,
  day: CalendarDay,
  weekday: number,
): { readonly from_minute: number; readonly to_minute: number }[] {
  return hoursOn(instructor, addDays(day, 1), (weekday % 7) + 1).map(({ from_minute, to_minute }) => ({
    from_minute: from_minute + 1_440,
    to_minute: to_minute + 1_440,
  }));
}

/** Whether adjoining periods together cover a lesson. @param periods the earliest first */
export function isCovered(
  from: number,
  to: number,
  periods: readonly { readonly from_minute: number; readonly to_minute: number }[],
): boolean {
  let reached = from;
  for (const { from_minute, to_minute } of periods) if (from_minute <= reached) reached = Math.max(reached, to_minute);
  return reached >= to;
}

function sourceOf({ name }: RuleSetFacts): string {
  return `rule_set:${name}`;
}
