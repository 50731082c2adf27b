export { claim, claimsBetween, dropClaims, lockResources, overlapConstraint, setClaimsActive } from './claim-table.ts';
export { closedDayFacts } from './closed-day-facts.ts';
