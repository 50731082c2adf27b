import { type Attention, createAttention, registerAttention } from './attention/attention.ts';
import { createCalendar, registerClosedDays } from './calendar/calendar.ts';
import { type Compliance, createCompliance, registerCompliance } from './compliance/compliance.ts';
import { type Courses, createCourses, registerCourses } from './courses/courses.ts';
import { createFeeds, type Feeds, registerFeeds } from './feeds/feeds.ts';
import { createGuardians, type Guardians, registerGuardians } from './guardians/guardians.ts';
import { createInstructors, type Instructors, registerInstructors } from './instructors/instructors.ts';
import {
  createLessons,
  createStudentLessons,
  enrolmentLessons,
  lessonHooks,
  type Lessons,
  registerLessons,
  registerStudentLessons,
  type StudentLessonLister,
  studentLessons,
} from './lessons/lessons.ts';
import { createLocations, registerLocations } from './locations/locations.ts';
import { createSearch, registerSearch, type Search } from './search/search.ts';
import type { DatabaseHandle } from './platform/database/handle.ts';
import type { HttpServer } from './platform/http/http.ts';
import type { SliceOptions } from './platform/slice-options.ts';
import type { Policies } from './policies.ts';
import { createPlanning, type Planning, registerPlanning } from './planning/planning.ts';
import { createRules, registerRules, type Rules } from './rules/rules.ts';
import { createSchedule, registerSchedule, type Schedule } from './schedule/schedule.ts';
import { createStudents, registerStudents, type Students } from './students/students.ts';
import { createVehicles, registerVehicles, type Vehicles } from './vehicles/vehicles.ts';

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
  readonly locations: ReturnType<typeof createLocations>;
  readonly calendar: ReturnType<typeof createCalendar>;
  readonly vehicles: Vehicles;
  readonly feeds: Feeds;
  readonly search: Search;
  readonly instructors: Instructors;
  readonly compliance: Compliance;
  readonly lessons: Lessons;
  readonly schedule: Schedule;
  readonly planning: Planning;
  readonly attention: Attention;
}

/** Assembles all slices in the order of their dependencies, without using the database. */
export function createSchool(options: SchoolOptions): School {
  const students = createStudents({ ...options, studentLessons });
  const rules = createRules(options);
  const courses = createCourses({ ...options, students: students.access, enrolmentLessons });
  const guardians = createGuardians({ ...options, students: students.access });
  const locations = createLocations({ ...options, lessons: lessonHooks });
  const calendar = createCalendar({ ...options, lessons: lessonHooks });
  const vehicles = createVehicles({ ...options, lessons: lessonHooks });
  const feeds = createFeeds(options);
  const search = createSearch(options, students);
  const instructors = createInstructors({ ...options, lessons: lessonHooks });
  const lessons = createLessons(options);
  const compliance = createCompliance(options);
  const schedule = createSchedule(options);
  const planning = createPlanning(options);
  const attention = createAttention({ ...options, compliance });
  return {
    students,
    rules,
    courses,
    guardians,
    studentLessons: createStudentLessons(options, students.access),
    locations,
    calendar,
    vehicles,
    instructors,
    lessons,
    compliance,
    schedule,
    planning,
    attention,
    feeds,
    search,
  };
}

/** Registers the routes of all slices. `routes.test.ts` lists their access rules. */
export function registerSchool(app: HttpServer, school: School, { policies }: { readonly policies: Policies }): void {
  registerStudents(app, { students: school.students.service, policies });
  registerRules(app, school.rules);
  registerCourses(app, school.courses);
  registerGuardians(app, school.guardians);
  registerStudentLessons(app, school.studentLessons);
  registerLocations(app, { locations: school.locations.service });
  registerClosedDays(app, school.calendar);
  registerVehicles(app, school.vehicles);
  registerFeeds(app, { feeds: school.feeds.service });
  registerSearch(app, { search: school.search.service });
  registerInstructors(app, { instructors: school.instructors.service, timeOff: school.instructors.timeOff });
  registerCompliance(app, school.compliance);
  registerLessons(app, school.lessons.service);
  registerSchedule(app, school.schedule);
  registerPlanning(app, school.planning);
  registerAttention(app, school.attention);
}
