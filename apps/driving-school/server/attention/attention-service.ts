import type { Pipeline } from 'dualbrake';
import { type Attention, cancelByHoursAhead, courseEndDaysAhead, expiryDaysAhead } from '../../contract/attention.ts';
import { addDays, addYears, ageInYears, type CalendarDay } from '../../contract/parsers.ts';
import type { Actor } from '../../contract/session.ts';
import type { Compliance } from '../compliance/compliance.ts';
import { courseGoals, enrolmentsEnding } from '../courses/courses.ts';
import { studentsWithGuardian } from '../guardians/guardians.ts';
import { minutesOfEnrolments, nextLessons, roadTestsToDecide } from '../lessons/lessons.ts';
import { schoolZone } from '../locations/locations.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import { studentFacts } from '../students/students.ts';

/** The parts of the service. */
export interface AttentionServiceParts {
  readonly database: DatabaseHandle;
  readonly policies: { readonly databaseRead: Pipeline };
  readonly wallClock: WallClock;
  readonly compliance: Compliance;
}

/** Whose list: the whole school's, or that of one instructor. */
interface Scope {
  readonly schoolId: string;
  readonly instructorId: string | undefined;
  readonly now: Temporal.Instant;
  readonly today: CalendarDay;
}

/** Lists everything that needs attention. */
export class AttentionService {
  readonly #parts: AttentionServiceParts;

  constructor(parts: AttentionServiceParts) {
    this.#parts = parts;
  }

  /** Instructors get the entries of their own students and lessons; documents are the office's business. */
  async list(
    actor: Actor,
    context?: RequestContext,
  ): Promise<{ readonly attention: Attention; readonly asOf: Temporal.Instant }> {
    const { database, policies, wallClock, compliance } = this.#parts;
    const now = wallClock.now();
    const isOwn = actor.role === 'instructor';
    const expiries = isOwn ? [] : (await compliance.service.list(actor, expiryDaysAhead, context)).expiries;
    const rest = await policies.databaseRead.execute(async () => {
      const scope: Scope = {
        schoolId: actor.schoolId,
        instructorId: isOwn ? actor.userId : undefined,
        now,
        today: wallClock.today(await schoolZone(database, actor.schoolId)).toString(),
      };
      const next = await nextLessons(database, { ...scope, from: now });
      return {
        minors_without_guardian: await this.#minors(scope, next),
        courses_ending: await this.#coursesEnding(scope, next),
        road_tests: await this.#roadTests(scope),
      };
    }, context);
    return { attention: { expiries: [...expiries], ...rest }, asOf: now };
  }

  async #minors(
    { schoolId, today }: Scope,
    next: ReadonlyMap<string, string>,
  ): Promise<Attention['minors_without_guardian']> {
    const { database } = this.#parts;
    const students = await studentFacts(database, schoolId, [...next.keys()]);
    const minors = students.filter(({ birth_date }) => ageInYears(birth_date, today) < 18);
    const guarded = await studentsWithGuardian(
      database,
      schoolId,
      minors.map(({ id }) => id),
    );
    return minors
      .filter(({ id }) => !guarded.has(id))
      .map(({ id, name, birth_date }) => ({
        student_id: id,
        name,
        next_lesson_at: next.get(id) ?? '',
        turns_18_on: addYears(birth_date, 18),
      }))
      .toSorted((a, b) => (a.next_lesson_at < b.next_lesson_at ? -1 : 1));
  }

  async #coursesEnding(
    { schoolId, instructorId, today }: Scope,
    next: ReadonlyMap<string, string>,
  ): Promise<Attention['courses_ending']> {
    const { database } = this.#parts;
    const ending = await enrolmentsEnding(database, schoolId, { from: today, to: addDays(today, courseEndDaysAhead) });
    const ids = ending.map(({ id }) => id);
    const students = await studentFacts(
      database,
      schoolId,
      ending.map(({ student_id }) => student_id),
    );
    const goals = new Map((await courseGoals(database, schoolId, ids)).map((goal) => [goal.enrolment_id, goal]));
    const minutes = await minutesOfEnrolments(database, schoolId, ids);
    return ending.flatMap(({ id, student_id }) => {
      const student = students.find((each) => each.id === student_id);
      const goal = goals.get(id);
      const required = goal?.required_minutes ?? null;
      if (student === undefined || goal === undefined || required === null || goal.deadline_on === null) return [];
      const isOther = instructorId !== undefined && student.instructor_id !== instructorId && !next.has(student_id);
      const missing = required - (minutes.get(id) ?? 0);
      if (isOther || missing <= 0 || student.status === 'archived') return [];
      return [
        {
          student_id,
          name: student.name,
          enrolment_id: id,
          deadline_on: goal.deadline_on,
          days_left: daysBetween(today, goal.deadline_on),
          missing_minutes: missing,
        },
      ];
    });
  }

  async #roadTests({ schoolId, instructorId, now }: Scope): Promise<Attention['road_tests']> {
    const { database } = this.#parts;
    const to = now.add({ hours: cancelByHoursAhead });
    const tests = await roadTestsToDecide(database, { schoolId, instructorId, from: now, to });
    const students = await studentFacts(
      database,
      schoolId,
      tests.map(({ student_id }) => student_id),
    );
    return tests.map((test) => ({
      ...test,
      name: students.find(({ id }) => id === test.student_id)?.name ?? '',
    }));
  }
}

function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
