export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
export { type ActiveEnrolment, activeEnrolments } from './student-enrolments.ts';
