export { type EndingEnrolment, enrolmentsEnding } from './enrolments-ending.ts';
export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
export { type CourseGoal, courseGoals } from './course-goals.ts';
