import { type Courses, createCourses, registerCourses } from './courses/courses.ts';
import { createGuardians, type Guardians, registerGuardians } from './guardians/guardians.ts';
import {
  createStudentLessons,
  enrolmentLessons,
  registerStudentLessons,
  type StudentLessonLister,
  studentLessons,
} from './lessons/lessons.ts';
import type { DatabaseHandle } from './platform/database/handle.ts';
import type { HttpServer } from './platform/http/http.ts';
import type { SliceOptions } from './platform/slice-options.ts';
import type { Policies } from './policies.ts';
import { createRules, registerRules, type Rules } from './rules/rules.ts';
import { createStudents, registerStudents, type Students } from './students/students.ts';

/** Options of `createSchool`. */
export interface SchoolOptions extends SliceOptions {
  readonly database: { readonly kysely: DatabaseHandle };
  readonly policies: Policies;
}

/** Every slice of the school. */
export interface School {
  readonly students: Students;
  readonly rules: Rules;
  readonly courses: Courses;
  readonly guardians: Guardians;
  readonly studentLessons: StudentLessonLister;
}

/** Assembles all slices in the order of their dependencies, without using the database. */
export function createSchool(options: SchoolOptions): School {
  const students = createStudents({ ...options, studentLessons });
  const rules = createRules(options);
  const courses = createCourses({ ...options, students: students.access, enrolmentLessons });
  const guardians = createGuardians({ ...options, students: students.access });
  return { students, rules, courses, guardians, studentLessons: createStudentLessons(options, students.access) };
}

/** Registers the routes of all slices. `routes.test.ts` lists their access rules. */
export function registerSchool(app: HttpServer, school: School, { policies }: { readonly policies: Policies }): void {
  registerStudents(app, { students: school.students.service, policies });
  registerRules(app, school.rules);
  registerCourses(app, school.courses);
  registerGuardians(app, school.guardians);
  registerStudentLessons(app, school.studentLessons);
}
