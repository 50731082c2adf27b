export { instructorFacts } from './instructor-facts.ts';
export { expectedTimeOffClaims } from './time-off-claims.ts';
