export { claim, claimsBetween, dropClaims, lockResources, overlapConstraint, setClaimsActive } from './claim-table.ts';
export { closedDayFacts } from './closed-day-facts.ts';
export {
  type ClaimFault,
  claimFaults,
  type ClaimOverlap,
  type ExpectedClaims,
  overlappingClaims,
} from './claim-findings.ts';
