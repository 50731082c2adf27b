import { clockText, weekdayOf } from '../local-time.ts';
import { addDays, type CalendarDay } from '../parsers.ts';
import { type GridDay, type Obstacle, SlotGrid, type SlotRequest } from './slot-grid.ts';
import { resultOf, type Steps } from './steps.ts';
import type { BookingWorld, InstructorFacts } from './world.ts';

/** A weekly time at which the student can come: minutes of the wall clock at the location. */
export interface Wish {
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  readonly from_minute: number;
  readonly to_minute: number;
  /** Only this instructor. */
  readonly instructor_id?: string;
}

/** A lesson that stays when a plan is made again: one that was planned before, or chosen by hand. */
export interface KeptLesson {
  readonly starts_at: number;
  readonly instructor_id: string;
  readonly vehicle_id: string | null;
}

/** The course to be planned. `from` and `to` limit the weeks; see `planEnd`. */
export interface PlanRequest extends Omit<SlotRequest, 'enrolment_id'> {
  readonly enrolment_id: string;
  readonly wishes: readonly Wish[];
  /** The number of lessons, including kept ones. */
  readonly lessons: number;
  readonly keep?: readonly KeptLesson[];
}

/** A lesson of a plan. */
export interface PlannedLesson extends KeptLesson {
  readonly ends_at: number;
  /** The wall time of the start at the location, such as `2026-03-09T17:00`. */
  readonly local_start: string;
  readonly day: CalendarDay;
  /** Whether it was kept rather than placed by a wish. */
  readonly kept: boolean;
}

/** Why a wish, or a lesson to be kept, could not be met on a day. */
export interface PlanReason extends Obstacle {
  /** The day; null for the end of the plan. */
  readonly day: CalendarDay | null;
}

/** A lesson without a time. */
export interface UnplacedLesson {
  /** Its position in the course, from 0. */
  readonly index: number;
  readonly reasons: readonly PlanReason[];
}

/** A planned course. */
export interface CoursePlan {
  /** In the order of their starts. */
  readonly lessons: readonly PlannedLesson[];
  readonly unplaced: readonly UnplacedLesson[];
  /** The day of the last lesson. */
  readonly ends_on: CalendarDay | null;
  readonly deadline_on: CalendarDay | null;
}

/** Reasons per lesson: the weeks that were tried last say the most. */
const reasonsMax = 12;
/** Weeks beyond those that the lessons need, for holidays and full weeks. */
const spareWeeks = 8;
const planWeeksMax = 53;

/**
 * The last day on which a plan places lessons: the deadline, or enough weeks for twice the lessons and eight more, whichever
 * is earlier.
 */
export function planEnd({
  from,
  lessons,
  wishes,
  deadline_on,
}: Pick<PlanRequest, 'from' | 'lessons' | 'wishes'> & { readonly deadline_on: CalendarDay | null }): CalendarDay {
  const weeks = Math.min(planWeeksMax, Math.ceil((2 * lessons) / Math.max(1, wishes.length)) + spareWeeks);
  const end = addDays(from, weeks * 7 - 1);
  if (deadline_on === null || end <= deadline_on) return end;
  // Never before the first day, so that the plan can say that the course is over.
  return deadline_on < from ? from : deadline_on;
}

/**
 * Plans a course: goes through the weeks and places one lesson per wish and week, until all lessons are placed. Wishes are
 * in wall time, so a plan keeps its hour over a clock change. Every lesson is bookable on its own day together with the
 * others: the same rules and claims as in `findSlots`.
 *
 * Prefers the same instructor, time and car every week: the instructor who is free for most wishes, the student's own one
 * if they are free for at least half as many; the time at which that instructor is free in most weeks; and the car that is
 * free at most of these times. Deterministic.
 *
 * @throws RangeError when the world lacks a record that the request names
 */
export function planCourse(world: BookingWorld, request: PlanRequest): CoursePlan {
  return resultOf(planSteps(world, request));
}

/** The same as `planCourse` in short steps: a year of a large school takes long. */
export function* planSteps(world: BookingWorld, request: PlanRequest): Steps<CoursePlan> {
  const grid = new SlotGrid(world, request);
  yield;
  const planned: PlannedLesson[] = [];
  const reasons: PlanReason[] = [];
  const occasions = occasionsOf(grid, request.wishes);
  const used = new Set<Occasion>();
  // Before anything is placed: kept lessons must not push the others away from their time.
  const preference = yield* Preference.of(grid, request, occasions);
  for (const kept of (request.keep ?? []).toSorted((a, b) => a.starts_at - b.starts_at)) {
    const reason = keep(grid, kept);
    if (reason !== undefined) {
      reasons.push(reason);
      continue;
    }
    planned.push(lessonAt(grid, kept, true));
    const index = grid.indexOf(kept.starts_at);
    const met = occasions.find((occasion) => !used.has(occasion) && occasion.starts.includes(index ?? -1));
    if (met !== undefined) used.add(met);
  }
  for (const occasion of occasions) {
    if (planned.length >= request.lessons) break;
    if (used.has(occasion)) continue;
    const chosen = yield* preference.choose(occasion);
    if (chosen === undefined) {
      reasons.push({ day: occasion.day.day, ...preference.explain(occasion) });
      continue;
    }
    grid.place(chosen.index, chosen.instructor_id, chosen.vehicle_id);
    planned.push(lessonAt(grid, { starts_at: grid.startOf(chosen.index), ...chosen }, false));
  }
  const lessons = planned.toSorted((a, b) => a.starts_at - b.starts_at);
  const deadline_on = grid.enrolment?.deadline_on ?? null;
  const missing = Math.max(0, request.lessons - lessons.length);
  const all = missing === 0 ? [] : [...reasons.slice(-reasonsMax), endOfPlan(request, deadline_on)];
  return {
    lessons,
    unplaced: Array.from({ length: missing }, (_, index) => ({ index: lessons.length + index, reasons: all })),
    ends_on: lessons.at(-1)?.day ?? null,
    deadline_on,
  };
}

/** A wish in one week, with the starts of lessons that lie inside it. */
interface Occasion {
  readonly wish: Wish;
  readonly day: GridDay;
  readonly starts: readonly number[];
}

function occasionsOf(grid: SlotGrid, wishes: readonly Wish[]): Occasion[] {
  return grid.days.flatMap((day) =>
    wishes
      .filter(({ weekday }) => weekday === day.weekday)
      .toSorted((a, b) => a.from_minute - b.from_minute)
      .map((wish) => ({ wish, day, starts: startsWithin(grid, day, wish) })),
  );
}

function startsWithin(grid: SlotGrid, day: GridDay, { from_minute, to_minute }: Wish): number[] {
  const starts = Array.from({ length: day.end - day.first }, (_, offset) => day.first + offset);
  return starts.filter((index) => {
    const { startMinute, endMinute } = grid.wallOf(index);
    return from_minute <= startMinute && endMinute <= to_minute;
  });
}

/** Places a lesson that stays. @returns why it can't stay; undefined when it can */
function keep(grid: SlotGrid, { starts_at, instructor_id, vehicle_id }: KeptLesson): PlanReason | undefined {
  const index = grid.indexOf(starts_at);
  const instructor = grid.instructors.find(({ id }) => id === instructor_id);
  if (index === undefined || instructor === undefined) {
    return { day: null, rule: 'no_more_weeks', message: 'This lesson lies outside the plan.', until: null };
  }
  const order = grid.vehicleOrder((vehicle) => (vehicle.id === vehicle_id ? 0 : 1)).slice(0, 1);
  const vehicle = grid.isOpen(index, instructor) ? grid.vehicleAt(index, order) : undefined;
  if (vehicle === undefined || vehicle.vehicle_id !== vehicle_id) {
    return { day: grid.dayOf(index).day, ...grid.explain([index], instructor, order) };
  }
  grid.place(index, instructor_id, vehicle_id);
  return undefined;
}

function lessonAt(grid: SlotGrid, { starts_at, instructor_id, vehicle_id }: KeptLesson, kept: boolean): PlannedLesson {
  const index = grid.indexOf(starts_at) ?? -1;
  const { ends_at } = grid.proposalAt(index, instructor_id, vehicle_id);
  const { day } = grid.dayOf(index);
  return { starts_at, ends_at, local_start: grid.localStartOf(index), day, instructor_id, vehicle_id, kept };
}

/** The instructor, time and car that a course should keep, and the best choice where they are not free. */
class Preference {
  readonly #grid: SlotGrid;
  /** The best first. */
  readonly #instructors: readonly InstructorFacts[];
  readonly #times: ReadonlyMap<Wish, number>;
  readonly #vehicles: readonly number[];

  private constructor(
    grid: SlotGrid,
    instructors: readonly InstructorFacts[],
    times: ReadonlyMap<Wish, number>,
    vehicles: readonly number[],
  ) {
    this.#grid = grid;
    this.#instructors = instructors;
    this.#times = times;
    this.#vehicles = vehicles;
  }

  static *of(grid: SlotGrid, { wishes, lessons }: PlanRequest, occasions: readonly Occasion[]): Steps<Preference> {
    // Further weeks don't matter if all goes well.
    const first = occasions.slice(0, lessons);
    const met = new Map<InstructorFacts, number>();
    for (const instructor of grid.instructors) {
      yield;
      met.set(
        instructor,
        first.filter((occasion) => accepts(occasion, instructor) && occasion.starts.some(isOpen(grid, instructor)))
          .length,
      );
    }
    const most = Math.max(0, ...met.values());
    const rank = (instructor: InstructorFacts): number => {
      const count = met.get(instructor) ?? 0;
      const isOwn = instructor.id === grid.student.instructor_id && count > 0 && count >= most / 2;
      return isOwn ? Infinity : count;
    };
    // Two ranks of Infinity would have no difference, but only one instructor is the student's own.
    const instructors = grid.instructors.toSorted((a, b) => (rank(b) > rank(a) ? 1 : rank(b) < rank(a) ? -1 : 0));
    const times = new Map<Wish, number>();
    const anchors: { readonly instructor: InstructorFacts; readonly starts: readonly number[] }[] = [];
    for (const wish of wishes) {
      yield;
      const own = first.filter((occasion) => occasion.wish === wish);
      const instructor = instructors.find(({ id }) => wish.instructor_id === undefined || wish.instructor_id === id);
      if (instructor === undefined) continue;
      const open = own.flatMap(({ starts }) => starts.filter(isOpen(grid, instructor)));
      const byMinute = Map.groupBy(open, (index) => grid.wallOf(index).startMinute);
      const [best] = [...byMinute].toSorted(([a, as], [b, bs]) => bs.length - as.length || a - b);
      if (best === undefined) continue;
      times.set(wish, best[0]);
      anchors.push({ instructor, starts: best[1] });
    }
    const taught = anchors[0]?.instructor.transmissions ?? 'both';
    const starts = anchors.flatMap((anchor) => anchor.starts);
    const free: number[] = [];
    for (const position of grid.vehicleOrder()) {
      yield;
      free.push(starts.filter((index) => grid.vehicleAt(index, [position]) !== undefined).length);
    }
    const vehicles = grid.vehicleOrder((vehicle, position) => {
      const isMismatched = taught !== 'both' && vehicle.transmission !== taught;
      return (isMismatched ? 1_000_000 : 0) + (vehicle.dual_brake ? 0 : 10_000) - (free[position] ?? 0);
    });
    return new Preference(grid, instructors, times, vehicles);
  }

  /** The best lesson for a wish in a week; undefined when there is none. */
  *choose(occasion: Occasion): Steps<(Omit<KeptLesson, 'starts_at'> & { readonly index: number }) | undefined> {
    const grid = this.#grid;
    const wanted = this.#times.get(occasion.wish) ?? occasion.wish.from_minute;
    const distance = (index: number): number => Math.abs(grid.wallOf(index).startMinute - wanted);
    const starts = occasion.starts.toSorted((a, b) => distance(a) - distance(b) || a - b);
    for (const instructor of this.#instructors) {
      if (!accepts(occasion, instructor)) continue;
      yield;
      for (const index of starts) {
        const vehicle = grid.isOpen(index, instructor) ? grid.vehicleAt(index, this.#vehicles) : undefined;
        if (vehicle !== undefined) return { index, instructor_id: instructor.id, vehicle_id: vehicle.vehicle_id };
      }
    }
    return undefined;
  }

  /** Why `choose` found nothing: the obstacle of the instructor who would be first. */
  explain({ wish, starts, day }: Occasion): Obstacle {
    const instructor = this.#instructors.find(
      ({ id }) => wish.instructor_id === undefined || wish.instructor_id === id,
    );
    if (instructor === undefined) {
      return { rule: 'no_instructor', message: 'There is no instructor to choose from.', until: null };
    }
    if (starts.length > 0) return this.#grid.explain(starts, instructor);
    const window = `${clockText(wish.from_minute)} to ${clockText(wish.to_minute)}`;
    const message = `The lesson does not fit into ${window} on ${day.day}.`;
    return { rule: 'instructor_hours', message, until: null };
  }
}

function accepts({ wish }: Occasion, { id }: InstructorFacts): boolean {
  return wish.instructor_id === undefined || wish.instructor_id === id;
}

function isOpen(grid: SlotGrid, instructor: InstructorFacts): (index: number) => boolean {
  return (index) => grid.isOpen(index, instructor);
}

function endOfPlan({ to, wishes }: PlanRequest, deadline_on: CalendarDay | null): PlanReason {
  if (deadline_on !== null && to >= deadline_on) {
    const message = `No more weeks: the course ends on ${deadline_on}. Add a day of the week, or start earlier.`;
    return { day: null, rule: 'course_deadline', message, until: null };
  }
  const message =
    wishes.length === 0 ? 'Choose a day of the week.' : `No more weeks: the plan ends on ${to}. Add a day of the week.`;
  return { day: null, rule: 'no_more_weeks', message, until: null };
}

/** The Monday of a day's week. */
export function weekOf(day: CalendarDay): CalendarDay {
  return addDays(day, 1 - weekdayOf(day));
}
