export { type GuardianCount, guardianCounts } from './guardian-findings.ts';
