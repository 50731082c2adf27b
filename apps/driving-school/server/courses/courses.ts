export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
export { type CourseGoal, courseGoals } from './course-goals.ts';
