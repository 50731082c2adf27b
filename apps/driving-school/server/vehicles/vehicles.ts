export { vehicleFacts } from './vehicle-facts.ts';
export { expectedOutageClaims } from './outage-claims.ts';
