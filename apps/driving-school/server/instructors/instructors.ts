export { instructorFacts } from './instructor-facts.ts';
