export { instructorFacts } from './instructor-facts.ts';
export { timeOffBetween, type TimeOffPeriod } from './time-off-between.ts';
