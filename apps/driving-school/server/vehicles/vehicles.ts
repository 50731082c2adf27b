export { vehicleFacts } from './vehicle-facts.ts';
export { outagesBetween, type OutagePeriod } from './outages-between.ts';
