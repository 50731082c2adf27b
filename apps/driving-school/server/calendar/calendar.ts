export { claim, claimsBetween, dropClaims, overlapConstraint, setClaimsActive } from './claim-table.ts';
export { closedDayFacts } from './closed-day-facts.ts';
