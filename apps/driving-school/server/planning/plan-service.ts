import { randomUUIDv7 } from 'node:crypto';
import type { Pipeline } from 'dualbrake';
import { claimsOf, conflictsOf } from '../../contract/booking/claims.ts';
import { judge } from '../../contract/booking/judge.ts';
import { planEnd, planSteps, type Wish } from '../../contract/booking/plan.ts';
import type { BookingWorld, Proposal } from '../../contract/booking/world.ts';
import { type Conflict, undoMinutes } from '../../contract/lessons.ts';
import { clockText, localStart, localTime, parseClock } from '../../contract/local-time.ts';
import {
  type KeptLessonText,
  type LessonPlan,
  type PlanDefaults,
  planLessonsMax,
  type PlanPreview,
  type PlanPreviewBody,
  planTokenMinutes,
  type WishText,
} from '../../contract/planning.ts';
import type { Refusal } from '../../contract/rules.ts';
import type { Actor } from '../../contract/session.ts';
import { lockResources } from '../calendar/calendar.ts';
import { activeEnrolments, enrolmentFacts, lockEnrolment } from '../courses/courses.ts';
import { instructorFacts } from '../instructors/instructors.ts';
import { locationFacts, lockLocation } from '../locations/locations.ts';
import type { DatabaseHandle, DatabaseTransaction } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import { runInSlices } from '../platform/event-loop-yielder.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { studentFacts } from '../students/students.ts';
import { lockVehicles, vehicleFacts } from '../vehicles/vehicles.ts';
import {
  auditLessons,
  bookedMinutes,
  type ChangedBy,
  derived,
  findLessons,
  findPlan,
  type HabitLesson,
  insertPlaced,
  insertPlan,
  invalid,
  isoInstant,
  lastLessons,
  type LoadedWorld,
  loadWorld,
  lessonOf,
  namedConflict,
  type RandomInteger,
} from '../lessons/lessons.ts';
import { PlanNotFoundError, PlanOutdatedError } from './plan-errors.ts';
import type { PlanTokens, SealedPlan } from './plan-token.ts';
import { searchSubject } from './slot-request.ts';
import { readingOf } from './slot-service.ts';
import { searchWorld } from './slot-world.ts';

/** The parts of the service. */
export interface PlanServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly policies: { readonly databaseRead: Pipeline; readonly booking: Pipeline; readonly bookingOnce: Pipeline };
  readonly tokens: PlanTokens;
  readonly wallClock: WallClock;
  readonly random: RandomInteger;
}

const minuteMs = 60_000;
const lessonMinutesDefault = 60;

/** Plans whole courses: a preview, then all of its lessons or none. */
export class PlanService {
  readonly #parts: PlanServiceParts;

  constructor(parts: PlanServiceParts) {
    this.#parts = parts;
  }

  /** The current instant of the school. */
  now(): Temporal.Instant {
    return this.#parts.wallClock.now();
  }

  /**
   * Plans a course without booking anything.
   *
   * @throws LessonInvalidError; the error of the database
   */
  async preview(actor: Actor, body: PlanPreviewBody, context?: RequestContext): Promise<PlanPreview> {
    const { schoolId } = actor;
    const reading = readingOf(this.#parts, context);
    const { subject, enrolment } = await reading(async (handle) => {
      const [found] = await enrolmentFacts(handle, schoolId, [body.enrolment_id]);
      if (found === undefined) {
        throw invalid('/enrolment_id', 'unknown_enrolment', 'Choose an enrolment of this school.');
      }
      const names = { ...body, student_id: found.student_id };
      return { enrolment: found, subject: await searchSubject(handle, schoolId, names) };
    });
    const now = this.now();
    const today = now.toZonedDateTimeISO(subject.location.time_zone).toPlainDate().toString();
    const from = body.from ?? today;
    const wishes = body.wishes.map(wishOf);
    const lessons =
      body.lessons ??
      (await reading(async (handle) =>
        neededLessons(await courseMinutes(handle, schoolId, enrolment), body.lesson_minutes),
      ));
    const to = planEnd({ from, lessons, wishes, deadline_on: enrolment.deadline_on });
    const minutes = body.lesson_minutes;
    const world = await searchWorld(reading, schoolId, subject, { from, to, minutes });
    const plan = await runInSlices(
      planSteps(world, {
        type: subject.type,
        student_id: subject.student_id,
        enrolment_id: enrolment.id,
        location_id: subject.location.id,
        minutes,
        from,
        to,
        instructor_ids: subject.instructors.map(({ id }) => id),
        vehicle_ids: subject.vehicle_ids,
        wishes,
        lessons,
        keep: (body.keep ?? []).map((kept) => ({ ...kept, starts_at: Date.parse(kept.starts_at) })),
        ...(from < today ? {} : { not_before: now.epochMilliseconds }),
      }),
      context?.signal,
    );
    const { type, student_id, location } = subject;
    const sealed: SealedPlan = {
      student_id,
      enrolment_id: enrolment.id,
      type,
      location_id: location.id,
      minutes,
      wishes: body.wishes,
      lessons: plan.lessons.map(({ starts_at, instructor_id, vehicle_id }) => [starts_at, instructor_id, vehicle_id]),
      expires_at: now.epochMilliseconds + planTokenMinutes * minuteMs,
    };
    return {
      lessons: plan.lessons.map(({ starts_at, ends_at, day, ...lesson }) => ({
        ...lesson,
        student_id,
        enrolment_id: enrolment.id,
        location_id: location.id,
        type,
        starts_at: isoInstant(starts_at),
        ends_at: isoInstant(ends_at),
        local_date: day,
        time_zone: location.time_zone,
        minutes,
        buffer_after_minutes: location.buffer_minutes,
      })),
      unplaced: plan.unplaced.map(({ index, reasons }) => ({ index, reasons: [...reasons] })),
      ends_on: plan.ends_on,
      deadline_on: plan.deadline_on,
      plan_token: plan.lessons.length === 0 ? null : this.#parts.tokens.write(sealed, schoolId),
    };
  }

  /**
   * Books all lessons of a preview in one transaction, or none.
   *
   * @throws PlanTokenInvalidError, PlanOutdatedError, and errors of `UnitOfWork.change`
   */
  async book(token: string, request: ChangeRequest): Promise<{ readonly plan: LessonPlan; readonly asOf: string }> {
    const { unitOfWork, tokens, policies } = this.#parts;
    const { schoolId, userId } = request.actor;
    const plan = tokens.read(token, schoolId);
    return unitOfWork.change(
      {
        ...request,
        operation: 'book lesson plan',
        request: { plan_token: token },
        pipeline: request.idempotencyKey === undefined ? policies.booking : policies.bookingOnce,
      },
      async (transaction) => {
        const at = this.now();
        const by = { schoolId, userId, at };
        if (at.epochMilliseconds > plan.expires_at) throw outdated({ expired: true });
        await lockEnrolment(transaction, schoolId, plan.enrolment_id);
        const id = randomUUIDv7();
        const { proposals, zone } = await this.#accepted(transaction, plan, by);
        const wishes = [...plan.wishes];
        await insertPlan(transaction, { id, enrolment_id: plan.enrolment_id, wishes }, by);
        const lessonIds: string[] = [];
        for (const { lesson_id: _, ...proposal } of proposals) {
          const lessonId = randomUUIDv7();
          lessonIds.push(lessonId);
          const lesson = {
            ...proposal,
            ...derived(proposal.type, proposal.starts_at, { time_zone: zone }),
            ...noTexts,
            id: lessonId,
            overrides: [],
            relay_next_id: null,
            status: 'booked' as const,
            status_reason: null,
            cancelled_notice_at: null,
            plan_id: id,
          };
          await insertPlaced(transaction, lesson, by, this.#parts.random);
        }
        const detail = { plan: id, lessons: lessonIds.length };
        await auditLessons(transaction, 'plan.booked', plan.student_id, detail, by);
        const booked = { id, enrolment_id: plan.enrolment_id, wishes };
        // Stored with the answer: a repeated request gets the first one.
        return { plan: await this.#answer(transaction, by, booked, lessonIds), asOf: at.toString() };
      },
    );
  }

  /**
   * Reads a booked plan.
   *
   * @throws PlanNotFoundError; the error of the database
   */
  async read(actor: Actor, planId: string, context?: RequestContext): Promise<LessonPlan> {
    return readingOf(
      this.#parts,
      context,
    )(async (handle) => {
      const found = await findPlan(handle, actor.schoolId, planId);
      if (found === undefined) throw new PlanNotFoundError();
      const records = await findLessons(handle, actor.schoolId, found.lessonIds);
      return { ...found.plan, lessons: inOrder(records).map((record) => lessonOf(record)) };
    });
  }

  /**
   * Reads everything that the planning pages need to begin: courses with their missing time, habits, and names.
   *
   * @throws LessonInvalidError; the error of the database
   */
  async defaults(actor: Actor, studentId: string, context?: RequestContext): Promise<PlanDefaults> {
    const { schoolId } = actor;
    return readingOf(
      this.#parts,
      context,
    )(async (handle) => {
      const [student] = await studentFacts(handle, schoolId, [studentId]);
      if (student === undefined) throw invalid('/student_id', 'unknown_student', 'Choose a student of this school.');
      const active = await activeEnrolments(handle, schoolId, studentId);
      const facts = await enrolmentFacts(
        handle,
        schoolId,
        active.map(({ id }) => id),
      );
      const enrolments: PlanDefaults['enrolments'] = [];
      for (const { id } of active) {
        const enrolment = facts.find((each) => each.id === id);
        if (enrolment === undefined) continue;
        const { required, booked } = await courseMinutes(handle, schoolId, enrolment);
        const { kind, course_started_on, deadline_on } = enrolment;
        enrolments.push({
          id,
          kind,
          course_started_on,
          deadline_on,
          required_minutes: required,
          booked_minutes: booked,
        });
      }
      const locations = (await locationFacts(handle, schoolId)).filter(({ status }) => status === 'active');
      const habits = await lastLessons(handle, schoolId, studentId);
      const known = locations.find(({ id }) => id === habits[0]?.location_id) ?? locations[0];
      const zone = known?.time_zone ?? 'America/Toronto';
      return {
        today: this.now().toZonedDateTimeISO(zone).toPlainDate().toString(),
        student: { id: student.id, name: student.name, instructor_id: student.instructor_id },
        enrolments,
        lesson_minutes: habits[0]?.minutes ?? lessonMinutesDefault,
        wishes: habitualWishes(habits),
        location_id: known?.id ?? null,
        locations: locations.map(named),
        instructors: (await instructorFacts(handle, schoolId)).filter(({ disabled }) => !disabled).map(named),
        vehicles: (await vehicleFacts(handle, schoolId)).filter(({ status }) => status === 'active').map(named),
      };
    });
  }

  /**
   * Judges the lessons of a plan, each together with those before it.
   *
   * @throws PlanOutdatedError with everything that has changed
   */
  async #accepted(
    transaction: DatabaseTransaction,
    plan: SealedPlan,
    { schoolId }: ChangedBy,
  ): Promise<{ readonly proposals: readonly Proposal[]; readonly zone: string }> {
    const vehicles = plan.lessons.flatMap(([, , vehicle]) => (vehicle === null ? [] : [vehicle]));
    const instructors = plan.lessons.map(([, instructor]) => instructor);
    await lockResources(transaction, [plan.student_id, ...instructors, ...vehicles]);
    await lockVehicles(transaction, schoolId, vehicles);
    await lockLocation(transaction, schoolId, plan.location_id);
    const starts = plan.lessons.map(([starts_at]) => starts_at);
    const loaded = await loadWorld(transaction, {
      schoolId,
      from: Math.min(...starts) - minuteMs,
      // No buffer is longer than four hours.
      to: Math.max(...starts) + (plan.minutes + 240) * minuteMs,
      studentIds: [plan.student_id],
      enrolmentIds: [plan.enrolment_id],
      instructorIds: [...new Set(instructors)],
      vehicleIds: [...new Set(vehicles)],
    });
    const location = loaded.locations.find(({ id }) => id === plan.location_id);
    if (location === undefined) throw outdated({ lost: plan.lessons.map(keptOf) });
    let world: BookingWorld = loaded;
    const conflicts: Conflict[] = [];
    const refusals: Refusal[] = [];
    const lost: KeptLessonText[] = [];
    const proposals: Proposal[] = [];
    for (const [index, lesson] of plan.lessons.entries()) {
      const [starts_at, instructor_id, vehicle_id] = lesson;
      const proposal = {
        lesson_id: null,
        type: plan.type,
        student_id: plan.student_id,
        enrolment_id: plan.enrolment_id,
        instructor_id,
        vehicle_id,
        location_id: location.id,
        starts_at,
        ends_at: starts_at + plan.minutes * minuteMs,
        buffer_after_minutes: location.buffer_minutes,
        relay_after: null,
      };
      const found = isGone(proposal, loaded) ? { refusals: [], conflicts: [], isLost: true } : verdict(proposal, world);
      if (found.isLost) {
        conflicts.push(...found.conflicts.map((claim) => namedConflict(claim, world)));
        refusals.push(...found.refusals);
        lost.push(keptOf(lesson));
        continue;
      }
      proposals.push(proposal);
      world = withLesson(world, proposal, `planned ${index}`, location.time_zone);
    }
    if (lost.length > 0) throw outdated({ conflicts, refusals, lost });
    return { proposals, zone: location.time_zone };
  }

  async #answer(
    handle: DatabaseHandle,
    { schoolId, at }: ChangedBy,
    plan: Omit<LessonPlan, 'lessons'>,
    lessonIds: readonly string[],
  ): Promise<LessonPlan> {
    const undoUntil = at.epochMilliseconds + undoMinutes * minuteMs;
    const records = await findLessons(handle, schoolId, lessonIds);
    return { ...plan, lessons: inOrder(records).map((record) => lessonOf(record, undoUntil)) };
  }
}

const noTexts = { pickup: null, drop_off: null, notes: null, reference_number: null };

function outdated(changes: Partial<PlanOutdatedError['changes']>): PlanOutdatedError {
  return new PlanOutdatedError({ expired: false, conflicts: [], refusals: [], lost: [], ...changes });
}

/** Whether one of the records of a lesson was removed or archived since the preview, or no longer suits. */
function isGone({ type, instructor_id, vehicle_id, location_id }: Proposal, world: LoadedWorld): boolean {
  const [student] = world.students;
  const vehicle = world.vehicles.find(({ id }) => id === vehicle_id);
  const location = world.locations.find(({ id }) => id === location_id);
  return (
    student?.status !== 'active' ||
    location?.status !== 'active' ||
    world.enrolments.length === 0 ||
    !world.instructors.some(({ id }) => id === instructor_id) ||
    (vehicle_id !== null && (vehicle?.status !== 'active' || (type === 'bde_in_vehicle' && !vehicle.dual_brake)))
  );
}

function verdict(proposal: Proposal, world: BookingWorld) {
  const refusals = judge(proposal, world).filter(({ kind }) => kind !== 'advice');
  const conflicts = conflictsOf(proposal, world);
  return { refusals, conflicts, isLost: refusals.length > 0 || conflicts.length > 0 };
}

/** The world in which a lesson of the plan is booked. */
function withLesson(world: BookingWorld, proposal: Proposal, lesson_id: string, zone: string): BookingWorld {
  const { student_id, starts_at, ends_at } = proposal;
  const minutes = (ends_at - starts_at) / minuteMs;
  const counted = { lesson_id, student_id, local_date: localTime(starts_at, zone).day, minutes };
  return {
    ...world,
    claims: [...world.claims, ...claimsOf({ ...proposal, lesson_id })],
    in_vehicle: proposal.type === 'bde_in_vehicle' ? [...world.in_vehicle, counted] : world.in_vehicle,
  };
}

function keptOf([starts_at, instructor_id, vehicle_id]: SealedPlan['lessons'][number]): KeptLessonText {
  return { starts_at: isoInstant(starts_at), instructor_id, vehicle_id };
}

function wishOf({ weekday, from, to, instructor_id }: WishText): Wish {
  return {
    weekday,
    from_minute: parseClock(from) ?? 0,
    to_minute: parseClock(to) ?? 0,
    ...(instructor_id === undefined ? {} : { instructor_id }),
  };
}

/** Required and booked minutes of a course: by its rules, or as bought. */
async function courseMinutes(
  handle: DatabaseHandle,
  schoolId: string,
  enrolment: Awaited<ReturnType<typeof enrolmentFacts>>[number],
): Promise<{ readonly required: number; readonly booked: number }> {
  const active = await activeEnrolments(handle, schoolId, enrolment.student_id);
  const bought = active.find(({ id }) => id === enrolment.id)?.in_vehicle_minutes_bought ?? 0;
  const required = enrolment.kind === 'bde' ? enrolment.rule_set.rules.in_vehicle_minutes : bought;
  return { required, booked: await bookedMinutes(handle, schoolId, enrolment.id) };
}

/** The number of lessons that a course still needs. */
function neededLessons({ required, booked }: { readonly required: number; readonly booked: number }, minutes: number) {
  return Math.min(planLessonsMax, Math.max(1, Math.ceil((required - booked) / minutes)));
}

/** The weekly times of the last lessons: three hours around each. */
function habitualWishes(habits: readonly HabitLesson[]): WishText[] {
  const wishes = new Map<number, WishText>();
  for (const { starts_at, time_zone, minutes } of habits) {
    const { weekday } = localTime(starts_at, time_zone);
    const hour = Number(localStart(starts_at, time_zone).slice(11, 13));
    const end = Math.min(24, Math.max(hour + 3, hour + Math.ceil(minutes / 60) + 1));
    if (!wishes.has(weekday)) wishes.set(weekday, { weekday, from: clockText(hour * 60), to: clockText(end * 60) });
  }
  return [...wishes.values()].toSorted((a, b) => a.weekday - b.weekday);
}

function named({ id, name }: { readonly id: string; readonly name: string }): { id: string; name: string } {
  return { id, name };
}

function inOrder<T extends { readonly starts_at: number }>(records: readonly T[]): T[] {
  return records.toSorted((a, b) => a.starts_at - b.starts_at);
}
