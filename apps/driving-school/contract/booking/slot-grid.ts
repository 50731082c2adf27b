import { dayBounds, localStart, localTime, weekdayOf } from '../local-time.ts';
import { addDays, type CalendarDay } from '../parsers.ts';
import { type Refusal, type RuleName, ruleNames } from '../rules.ts';
import { hoursAfter, hoursOn, isCovered, judge, wallPeriod } from './judge.ts';
import { ruleSetOfLesson } from './rule-sets-of-world.ts';
import type {
  BookingWorld,
  Claim,
  EnrolmentFacts,
  InstructorFacts,
  LessonType,
  LocationFacts,
  Proposal,
  StudentFacts,
  VehicleFacts,
  WorkingHours,
} from './world.ts';

/** The lesson that is searched for, and the period, instructors and cars to search. */
export interface SlotRequest {
  readonly type: LessonType;
  readonly student_id: string;
  readonly enrolment_id: string | null;
  readonly location_id: string;
  /** Length of the lesson. */
  readonly minutes: number;
  /** Calendar days at the location, both included. */
  readonly from: CalendarDay;
  readonly to: CalendarDay;
  /** Instructors to choose from. */
  readonly instructor_ids: readonly string[];
  /** Vehicles to choose from, the best ones first. Null: the lesson needs no vehicle of the school. */
  readonly vehicle_ids: readonly string[] | null;
  /** Leaves out lessons that begin before this instant. */
  readonly not_before?: number;
}

/** Reasons against a lesson: a rule, or someone or something that is not free. */
export const slotObstacles = [
  ...ruleNames,
  'student_busy',
  'instructor_busy',
  'vehicle_busy',
  'no_vehicle',
  'no_instructor',
  'past',
  'no_more_weeks',
] as const;
export type SlotObstacle = (typeof slotObstacles)[number];

/** Why nothing can be booked. */
export interface Obstacle {
  readonly rule: SlotObstacle;
  /** A sentence for the user. */
  readonly message: string;
  /** The first calendar day on which the obstacle is gone; null when that is unknown. */
  readonly until: CalendarDay | null;
}

/** The vehicle of a bookable start: null when the lesson needs none. */
export interface FoundVehicle {
  readonly vehicle_id: string | null;
  readonly facts: VehicleFacts | undefined;
}

/** A calendar day of the grid: its starts are `first` up to and excluding `end`. */
export interface GridDay {
  readonly day: CalendarDay;
  readonly weekday: number;
  readonly first: number;
  readonly end: number;
}

const minuteMs = 60_000;
/** Lessons begin at quarter hours. Every offset of Ontario is a whole hour, so these are quarter hours of any clock. */
export const quarterMs = 15 * minuteMs;
/** Days after the period that are searched for the next working day. */
const lookAheadDays = 60;

/**
 * How each rule depends on a booking. `student`, `instructor` and `vehicle` rules give the same verdict for all times of
 * a day, so they are judged once a day; `time` rules depend on the time of day; advice refuses nothing.
 */
const ruleScopes = {
  student_licence: 'student',
  student_age: 'student',
  course_deadline: 'student',
  closed_day: 'student',
  in_vehicle_day_cap: 'student',
  deadline_near: 'student',
  unpaid_balance: 'student',
  instructor_licence: 'instructor',
  instructor_contract: 'instructor',
  vehicle_insurance: 'vehicle',
  vehicle_registration: 'vehicle',
  vehicle_safety: 'vehicle',
  g1_night: 'time',
  instructor_hours: 'time',
  tight_travel: 'advice',
  transmission_mismatch: 'advice',
} as const satisfies Readonly<Record<RuleName, string>>;

const rulesOf = (scope: string): RuleName[] => ruleNames.filter((rule) => ruleScopes[rule] === scope);
const studentRules = rulesOf('student');
const instructorRules = rulesOf('instructor');
const vehicleRules = rulesOf('vehicle');

interface InstructorDay {
  readonly refusals: readonly Refusal[];
  readonly hours: readonly Pick<WorkingHours, 'from_minute' | 'to_minute'>[];
}

/**
 * All quarter hours of a period with the answer whether a lesson can begin there: for the student, each instructor and each
 * vehicle. Built from the same facts and rules as `judge` and `conflictsOf`, but per resource and day instead of per
 * booking, so that weeks of a whole school take milliseconds.
 */
export class SlotGrid {
  readonly request: SlotRequest;
  readonly location: LocationFacts;
  readonly student: StudentFacts;
  readonly enrolment: EnrolmentFacts | undefined;
  readonly days: readonly GridDay[];
  readonly instructors: readonly InstructorFacts[];
  readonly #world: BookingWorld;
  readonly #vehicles: readonly VehicleFacts[];
  readonly #origin: number;
  readonly #count: number;
  readonly #startMinutes: Int16Array;
  readonly #endMinutes: Int16Array;
  readonly #dayIndexes: Uint16Array;
  /** Per resource: 1 where a lesson can't begin because the resource is busy. */
  readonly #busy: Readonly<Record<Claim['resource_kind'], Map<string, Uint8Array>>> = {
    student: new Map(),
    instructor: new Map(),
    vehicle: new Map(),
    room: new Map(),
  };
  readonly #claims: ReadonlyMap<string, Claim[]>;
  readonly #inVehicle: BookingWorld['in_vehicle'][number][];
  readonly #studentDays = new Map<number, readonly Refusal[]>();
  readonly #instructorDays = new Map<InstructorFacts, Map<number, InstructorDay>>();
  readonly #vehicleDays = new Map<VehicleFacts, Map<number, readonly Refusal[]>>();

  /** @throws RangeError when the world lacks a record that the request names */
  constructor(world: BookingWorld, request: SlotRequest) {
    this.request = request;
    this.location = found(world.locations, request.location_id, 'location');
    this.student = found(world.students, request.student_id, 'student');
    this.enrolment =
      request.enrolment_id === null ? undefined : found(world.enrolments, request.enrolment_id, 'enrolment');
    this.instructors = request.instructor_ids.map((id) => found(world.instructors, id, 'instructor'));
    this.#vehicles = (request.vehicle_ids ?? []).map((id) => found(world.vehicles, id, 'vehicle'));
    this.#inVehicle = [...world.in_vehicle];
    // Conflicts are found in the grid; the rules that read claims are advice.
    this.#world = { ...world, claims: [], in_vehicle: this.#inVehicle };

    const days = daysOf(request.from, request.to, this.location.time_zone);
    this.#origin = days[0]?.bounds.from ?? 0;
    this.#count = ((days.at(-1)?.bounds.to ?? 0) - this.#origin) / quarterMs;
    this.#startMinutes = new Int16Array(this.#count);
    this.#endMinutes = new Int16Array(this.#count);
    this.#dayIndexes = new Uint16Array(this.#count);
    this.days = days.map(({ day, bounds, isOrdinary }, dayIndex) => {
      const first = (bounds.from - this.#origin) / quarterMs;
      const end = (bounds.to - this.#origin) / quarterMs;
      this.#dayIndexes.fill(dayIndex, first, end);
      for (let index = first; index < end; index += 1) {
        const { startMinute, endMinute } = isOrdinary
          ? { startMinute: (index - first) * 15, endMinute: (index - first) * 15 + request.minutes }
          : wallPeriod(this.startOf(index), this.startOf(index) + request.minutes * minuteMs, this.location.time_zone);
        this.#startMinutes[index] = startMinute;
        this.#endMinutes[index] = endMinute;
      }
      return { day, weekday: weekdayOf(day), first, end };
    });

    this.#claims = Map.groupBy(world.claims, resourceOf);
    this.#mark('student', request.student_id);
    for (const id of request.instructor_ids) this.#mark('instructor', id);
    for (const id of request.vehicle_ids ?? []) this.#mark('vehicle', id);
  }

  /** The instant of a start. */
  startOf(index: number): number {
    return this.#origin + index * quarterMs;
  }

  /** The start at an instant; undefined when it is outside the period or no quarter hour. */
  indexOf(epochMs: number): number | undefined {
    const index = (epochMs - this.#origin) / quarterMs;
    return Number.isInteger(index) && index >= 0 && index < this.#count ? index : undefined;
  }

  /** The day of a start. */
  dayOf(index: number): GridDay {
    return at(this.days, this.#dayIndexes[index] ?? -1);
  }

  /** Minutes of the wall clock at the start and the end; the end is above 1,440 after midnight. */
  wallOf(index: number): { readonly startMinute: number; readonly endMinute: number } {
    return { startMinute: this.#startMinutes[index] ?? 0, endMinute: this.#endMinutes[index] ?? 0 };
  }

  /** The wall time of a start, such as `2026-03-09T09:00`. */
  localStartOf(index: number): string {
    return localStart(this.startOf(index), this.location.time_zone);
  }

  /** The claims of the world on an instructor, the earliest first. */
  claimsOf(instructorId: string): readonly Claim[] {
    return (this.#claims.get(`instructor ${instructorId}`) ?? []).toSorted((a, b) => a.from - b.from);
  }

  /** Whether the student can take a lesson on a day at some time, and the instructor can give one. */
  isWorkingDay(dayIndex: number, instructor: InstructorFacts): boolean {
    if (this.#studentDay(dayIndex).length > 0) return false;
    const { refusals, hours } = this.#instructorDay(dayIndex, instructor);
    return refusals.length === 0 && hours.length > 0;
  }

  /** Whether student and instructor are free at a start and no rule refuses; the vehicle is another question. */
  isOpen(index: number, instructor: InstructorFacts): boolean {
    const dayIndex = this.#dayIndexes[index] ?? -1;
    return (
      !this.#isPast(index) &&
      !this.#isBusy('student', this.student.id, index) &&
      !this.#isBusy('instructor', instructor.id, index) &&
      !this.#isNight(index) &&
      this.isWorkingDay(dayIndex, instructor) &&
      this.#isWithinHours(index, instructor)
    );
  }

  /**
   * The first vehicle that is free and valid; undefined when there is none.
   *
   * @param order the vehicles to try, as positions in the request; default: all in their order
   */
  vehicleAt(index: number, order: readonly number[] = this.vehicleOrder()): FoundVehicle | undefined {
    if (this.request.vehicle_ids === null) return { vehicle_id: null, facts: undefined };
    const dayIndex = this.#dayIndexes[index] ?? -1;
    for (const position of order) {
      const vehicle = at(this.#vehicles, position);
      if (this.#isBusy('vehicle', vehicle.id, index)) continue;
      if (this.#vehicleDay(dayIndex, vehicle).length === 0) return { vehicle_id: vehicle.id, facts: vehicle };
    }
    return undefined;
  }

  /** The positions of the request's vehicles, sorted. @param badness sorts ascending; equal ones keep the request's order */
  vehicleOrder(badness: (vehicle: VehicleFacts, position: number) => number = () => 0): number[] {
    const values = this.#vehicles.map((vehicle, position) => badness(vehicle, position));
    return values.map((_, position) => position).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  }

  /** Takes a start out of the grid: student, instructor and vehicle are busy then, and the day's minutes count. */
  place(index: number, instructorId: string, vehicleId: string | null): void {
    const from = this.startOf(index);
    const to = from + this.request.minutes * minuteMs;
    const buffered = to + this.location.buffer_minutes * minuteMs;
    this.#block('student', this.student.id, { from, to });
    this.#block('instructor', instructorId, { from, to: buffered });
    if (vehicleId !== null) this.#block('vehicle', vehicleId, { from, to: buffered });
    if (this.request.type !== 'bde_in_vehicle') return;
    const { day } = this.dayOf(index);
    const { minutes, student_id } = this.request;
    this.#inVehicle.push({ lesson_id: `planned ${from}`, student_id, local_date: day, minutes });
    this.#studentDays.delete(this.#dayIndexes[index] ?? -1);
  }

  /** The lesson that begins at a start. */
  proposalAt(index: number, instructorId: string, vehicleId: string | null): Proposal {
    const { type, student_id, enrolment_id, location_id, minutes } = this.request;
    const starts_at = this.startOf(index);
    return {
      lesson_id: null,
      type,
      student_id,
      enrolment_id,
      instructor_id: instructorId,
      vehicle_id: vehicleId,
      location_id,
      starts_at,
      ends_at: starts_at + minutes * minuteMs,
      buffer_after_minutes: this.location.buffer_minutes,
      relay_after: null,
    };
  }

  /**
   * Explains why none of some starts can be booked with an instructor: leaves out starts step by step, in the order
   * student and school, instructor, working hours, bookings, cars, and names the step that leaves nothing.
   *
   * @param vehicles the vehicles to choose from, as positions in the request; default: all
   */
  explain(
    indexes: Iterable<number>,
    instructor: InstructorFacts,
    vehicles: readonly number[] = this.vehicleOrder(),
  ): Obstacle {
    let left = [...indexes].filter((index) => !this.#isPast(index));
    if (left.length === 0) return { rule: 'past', message: 'This time is over.', until: null };
    const steps: readonly {
      readonly passes: (index: number) => boolean;
      readonly obstacle: (refused: readonly number[]) => Obstacle;
    }[] = [
      {
        passes: (index) => this.#studentDay(this.#dayIndexes[index] ?? -1).length === 0,
        obstacle: (refused) => this.#mostFrequent(refused, (dayIndex) => this.#studentDay(dayIndex)),
      },
      {
        passes: (index) => this.#instructorDay(this.#dayIndexes[index] ?? -1, instructor).refusals.length === 0,
        obstacle: (refused) =>
          this.#mostFrequent(refused, (dayIndex) => this.#instructorDay(dayIndex, instructor).refusals),
      },
      {
        passes: (index) => this.#isWithinHours(index, instructor),
        obstacle: (refused) => this.#hoursObstacle(refused, instructor),
      },
      {
        passes: (index) => !this.#isNight(index),
        obstacle: (refused) => this.#judged(refused, instructor, 'g1_night'),
      },
      {
        passes: (index) => !this.#isBusy('instructor', instructor.id, index),
        obstacle: (refused) => this.#busyObstacle(refused, 'instructor', instructor),
      },
      {
        passes: (index) => !this.#isBusy('student', this.student.id, index),
        obstacle: (refused) => this.#busyObstacle(refused, 'student', this.student),
      },
      {
        passes: (index) => this.vehicleAt(index, vehicles) !== undefined,
        obstacle: (refused) => this.#vehicleObstacle(refused, vehicles),
      },
    ];
    for (const { passes, obstacle } of steps) {
      const passed = left.filter((index) => passes(index));
      if (passed.length === 0) return obstacle(left);
      left = passed;
    }
    // Not reached for starts that can't be booked.
    return { rule: 'instructor_busy', message: `${instructor.name} is free.`, until: null };
  }

  #mark(kind: Claim['resource_kind'], id: string): void {
    this.#busy[kind].set(id, new Uint8Array(this.#count));
    for (const claim of this.#claims.get(`${kind} ${id}`) ?? []) this.#block(kind, id, claim);
  }

  /** Marks the starts whose lesson, with its buffer, would overlap a period. */
  #block(kind: Claim['resource_kind'], id: string, { from, to }: Pick<Claim, 'from' | 'to'>): void {
    const buffer = kind === 'student' ? 0 : this.location.buffer_minutes;
    const span = (this.request.minutes + buffer) * minuteMs;
    const first = Math.floor((from - span - this.#origin) / quarterMs) + 1;
    const end = Math.ceil((to - this.#origin) / quarterMs);
    if (end > 0) this.#busy[kind].get(id)?.fill(1, Math.max(0, first), end);
  }

  #isBusy(kind: Claim['resource_kind'], id: string, index: number): boolean {
    return this.#busy[kind].get(id)?.[index] === 1;
  }

  #isPast(index: number): boolean {
    const { not_before } = this.request;
    return not_before !== undefined && this.startOf(index) < not_before;
  }

  #isNight(index: number): boolean {
    if (this.student.licence_class !== 'G1') return false;
    const { day } = at(this.days, this.#dayIndexes[index] ?? -1);
    const { g1_from_minute: from, g1_to_minute: to } = ruleSetOfLesson(this.#world, this.enrolment, day).rules;
    const { startMinute, endMinute } = this.wallOf(index);
    return startMinute < from || endMinute > to;
  }

  #isWithinHours(index: number, instructor: InstructorFacts): boolean {
    const { hours } = this.#instructorDay(this.#dayIndexes[index] ?? -1, instructor);
    const { startMinute, endMinute } = this.wallOf(index);
    return isCovered(startMinute, endMinute, hours);
  }

  #studentDay(dayIndex: number): readonly Refusal[] {
    return cached(this.#studentDays, dayIndex, () => {
      // The rules of the student need some instructor; which one makes no difference.
      const [anyone] = this.instructors.length > 0 ? this.instructors : this.#world.instructors;
      return anyone === undefined ? [] : this.#refusals(dayIndex, anyone.id, null, studentRules);
    });
  }

  #instructorDay(dayIndex: number, instructor: InstructorFacts): InstructorDay {
    const days = cached(this.#instructorDays, instructor, () => new Map<number, InstructorDay>());
    return cached(days, dayIndex, () => {
      const { day, weekday } = at(this.days, dayIndex);
      return {
        refusals: this.#refusals(dayIndex, instructor.id, null, instructorRules),
        // A lesson past midnight continues in the hours of the next day.
        hours: [...hoursOn(instructor, day, weekday), ...hoursAfter(instructor, day, weekday)],
      };
    });
  }

  #vehicleDay(dayIndex: number, vehicle: VehicleFacts): readonly Refusal[] {
    const days = cached(this.#vehicleDays, vehicle, () => new Map<number, readonly Refusal[]>());
    return cached(days, dayIndex, () => {
      const [anyone] = this.instructors;
      return anyone === undefined ? [] : this.#refusals(dayIndex, anyone.id, vehicle.id, vehicleRules);
    });
  }

  #refusals(dayIndex: number, instructorId: string, vehicleId: string | null, rules: readonly RuleName[]): Refusal[] {
    const { first } = at(this.days, dayIndex);
    return judge(this.proposalAt(first, instructorId, vehicleId), this.#world, rules);
  }

  #mostFrequent(indexes: readonly number[], refusalsOf: (dayIndex: number) => readonly Refusal[]): Obstacle {
    const dayIndexes = [...new Set(indexes.map((index) => this.#dayIndexes[index] ?? -1))];
    const byRule = Map.groupBy(
      dayIndexes.flatMap((dayIndex) => refusalsOf(dayIndex)),
      ({ rule }) => rule,
    );
    const [most] = [...byRule.values()].toSorted((a, b) => b.length - a.length);
    const refusal = at(most ?? [], 0);
    return { rule: refusal.rule, message: refusal.message, until: this.#untilOf(refusal) };
  }

  /** The first day on which a date rule no longer refuses, if its facts say so. */
  #untilOf({ facts }: Refusal): CalendarDay | null {
    const begins = [facts['allowed_from'], facts['contract_from'], facts['issued_on'], facts['course_started_on']];
    return begins.find((day) => typeof day === 'string' && day > this.request.to)?.toString() ?? null;
  }

  #judged(indexes: readonly number[], instructor: InstructorFacts, rule: RuleName): Obstacle {
    const [refusal] = judge(this.proposalAt(at(indexes, 0), instructor.id, null), this.#world, [rule]);
    return { rule, message: refusal?.message ?? '', until: null };
  }

  #hoursObstacle(indexes: readonly number[], instructor: InstructorFacts): Obstacle {
    const { name, hours } = instructor;
    const rule = 'instructor_hours';
    if (hours.length === 0) return { rule, message: `${name} has no working hours.`, until: null };
    const { minutes, to } = this.request;
    const next = Array.from({ length: lookAheadDays }, (_, ahead) => addDays(to, ahead + 1)).find((day) =>
      hoursOn(instructor, day, weekdayOf(day)).some(({ from_minute, to_minute }) => to_minute - from_minute >= minutes),
    );
    const isOneDay = new Set(indexes.map((index) => this.#dayIndexes[index])).size === 1;
    const message = isOneDay
      ? this.#judged(indexes, instructor, rule).message
      : `${name} does not work long enough for this lesson in this period.`;
    return { rule, message, until: next ?? null };
  }

  #busyObstacle(
    indexes: readonly number[],
    kind: 'student' | 'instructor',
    { id, name }: { readonly id: string; readonly name: string },
  ): Obstacle {
    const last = this.startOf(at(indexes, indexes.length - 1));
    const span = (this.request.minutes + (kind === 'student' ? 0 : this.location.buffer_minutes)) * minuteMs;
    const claims = this.#claims.get(`${kind} ${id}`) ?? [];
    const covering = claims.find((claim) => claim.from < last + span && last < claim.to);
    const freeOn = covering === undefined ? undefined : localTime(covering.to, this.location.time_zone).day;
    const isAway = covering?.source_kind === 'time_off';
    return {
      rule: kind === 'student' ? 'student_busy' : 'instructor_busy',
      message: isAway
        ? `${name} has time off.`
        : kind === 'student'
          ? `${name} has other lessons at these times.`
          : `${name} is fully booked at these times.`,
      until: freeOn !== undefined && freeOn > this.request.to ? freeOn : null,
    };
  }

  #vehicleObstacle(indexes: readonly number[], order: readonly number[]): Obstacle {
    const vehicles = order.map((position) => at(this.#vehicles, position));
    const [only] = vehicles;
    if (only === undefined) {
      return { rule: 'no_vehicle', message: 'The school has no car for this lesson.', until: null };
    }
    const dayIndexes = [...new Set(indexes.map((index) => this.#dayIndexes[index] ?? -1))];
    const hasValid = dayIndexes.some((dayIndex) =>
      vehicles.some((vehicle) => this.#vehicleDay(dayIndex, vehicle).length === 0),
    );
    if (!hasValid) {
      return this.#mostFrequent(indexes, (dayIndex) =>
        vehicles.flatMap((vehicle) => this.#vehicleDay(dayIndex, vehicle)),
      );
    }
    const message = vehicles.length === 1 ? `${only.name} is not free.` : 'No car is free when the instructor is.';
    return { rule: 'vehicle_busy', message, until: null };
  }
}

/** The days of a period. Ordinary ones, and the days after them, have 24 hours: their wall clock needs no calendar. */
function daysOf(from: CalendarDay, to: CalendarDay, zone: string) {
  const days: { readonly day: CalendarDay; readonly bounds: { readonly from: number; readonly to: number } }[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push({ day, bounds: dayBounds(day, zone) });
  return days.map(({ day, bounds }, index) => {
    const next = days[index + 1]?.bounds ?? dayBounds(addDays(day, 1), zone);
    return { day, bounds, isOrdinary: isDay(bounds) && isDay(next) };
  });
}

/** Whether a period is a day without a clock change. */
function isDay({ from, to }: { readonly from: number; readonly to: number }): boolean {
  return to - from === 1_440 * minuteMs;
}

function resourceOf({ resource_kind, resource_id }: Claim): string {
  return `${resource_kind} ${resource_id}`;
}

function found<T extends { readonly id: string }>(records: readonly T[], id: string, kind: string): T {
  const record = records.find((each) => each.id === id);
  if (record === undefined) throw new RangeError(`The world has no ${kind} ${id}.`);
  return record;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is nothing at ${index}.`);
  return item;
}

function cached<Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  cache.set(key, value);
  return value;
}
