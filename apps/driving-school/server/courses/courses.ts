export { enrolmentFacts, lockEnrolment } from './enrolment-facts.ts';
