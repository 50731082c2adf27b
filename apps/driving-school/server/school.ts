import { type Attention, createAttention, registerAttention } from './attention/attention.ts';
import { type Compliance, createCompliance, registerCompliance } from './compliance/compliance.ts';
import { createInstructors, type Instructors, registerInstructors } from './instructors/instructors.ts';
import { lessonHooks } from './lessons/lessons.ts';
import type { DatabaseHandle } from './platform/database/handle.ts';
import type { HttpServer } from './platform/http/http.ts';
import type { SliceOptions } from './platform/slice-options.ts';
import type { Policies } from './policies.ts';
import { createSchedule, registerSchedule, type Schedule } from './schedule/schedule.ts';
import { createStudents, registerStudents, type Students } from './students/students.ts';

/** Options of `createSchool`. */
export interface SchoolOptions extends SliceOptions {
  readonly database: { readonly kysely: DatabaseHandle };
  readonly policies: Policies;
}

/** Every slice of the school. */
export interface School {
  readonly students: Students;
  readonly instructors: Instructors;
  readonly compliance: Compliance;
  readonly schedule: Schedule;
  readonly attention: Attention;
}

/** Assembles all slices in the order of their dependencies, without using the database. */
export function createSchool(options: SchoolOptions): School {
  const students = createStudents(options);
  const instructors = createInstructors({ ...options, lessons: lessonHooks });
  const compliance = createCompliance(options);
  const schedule = createSchedule(options);
  const attention = createAttention({ ...options, compliance });
  return { students, instructors, compliance, schedule, attention };
}

/** Registers the routes of all slices. `routes.test.ts` lists their access rules. */
export function registerSchool(app: HttpServer, school: School, { policies }: { readonly policies: Policies }): void {
  registerStudents(app, { students: school.students.service, policies });
  registerInstructors(app, { instructors: school.instructors.service, timeOff: school.instructors.timeOff });
  registerCompliance(app, school.compliance);
  registerSchedule(app, school.schedule);
  registerAttention(app, school.attention);
}
