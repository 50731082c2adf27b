export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
export { type DoubleEnrolment, doubleEnrolments, enrolledStudents } from './enrolment-findings.ts';
