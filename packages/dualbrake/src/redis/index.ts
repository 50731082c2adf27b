export { SharedBreakers, sharedBreakers, type SharedBreakersOptions, type SharingStatus } from './shared-breakers.ts';
export { SharedRetryBudget, sharedRetryBudget, type SharedRetryBudgetOptions } from './shared-retry-budget.ts';
export type { RedisClient, StoreOptions } from './store.ts';
