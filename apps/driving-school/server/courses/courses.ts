import type { HttpServer } from '../platform/http/http.ts';
import type { SliceOptions } from '../platform/slice-options.ts';
import { UnitOfWork } from '../platform/unit-of-work.ts';
import type { StudentAccessReader } from '../students/students.ts';
import { AlreadyEnrolledError, ProductNameTakenError } from './course-errors.ts';
import { courseProblem } from './course-problems.ts';
import { type EnrolmentLessons, noLessons } from './enrolment-lessons.ts';
import { EnrolmentRepository } from './enrolment-repository.ts';
import { registerEnrolments } from './enrolment-routes.ts';
import { EnrolmentService } from './enrolment-service.ts';
import { registerProducts } from './product-routes.ts';
import { ProductService } from './product-service.ts';

export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
export { type ActiveEnrolment, activeEnrolments } from './student-enrolments.ts';
export { type EndingEnrolment, enrolmentsEnding } from './enrolments-ending.ts';
export { type DoubleEnrolment, doubleEnrolments, enrolledStudents } from './enrolment-findings.ts';
export { type CourseGoal, courseGoals } from './course-goals.ts';
export type { CourseDays, EnrolmentLessons } from './enrolment-lessons.ts';

/** The dependencies of the slice. */
export interface CoursesOptions extends SliceOptions {
  readonly students: StudentAccessReader;
  /** The lessons of courses. Default: there are none. */
  readonly enrolmentLessons?: EnrolmentLessons;
}

/** The assembled slice. */
export interface Courses {
  readonly enrolments: EnrolmentService;
  readonly products: ProductService;
}

/** Assembles the slice, without using the database. */
export function createCourses(options: CoursesOptions): Courses {
  const { idempotency, policies, wallClock, students, enrolmentLessons: lessons = noLessons } = options;
  const database = options.database.kysely;
  const today = (): string => wallClock.today('America/Toronto').toString();
  const unitOfWork = new UnitOfWork({
    database,
    idempotency,
    policies,
    constraints: {
      one_active_bde: () => new AlreadyEnrolledError(),
      products_name: () => new ProductNameTakenError(),
    },
  });
  const repository = new EnrolmentRepository({ lessons, today });
  return {
    enrolments: new EnrolmentService({
      database,
      repository,
      lessons,
      students,
      unitOfWork,
      policies,
      wallClock,
      today,
    }),
    products: new ProductService({ database, unitOfWork, policies, wallClock }),
  };
}

/** Adds the routes of enrolments and products. */
export function registerCourses(app: HttpServer, { enrolments, products }: Courses): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      throw courseProblem(error, request) ?? error;
    });
    registerEnrolments(inner, enrolments);
    registerProducts(inner, products);
  });
}
