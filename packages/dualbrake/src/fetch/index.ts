export { deadlineHeader } from '../deadline-header.ts';
export type { GuardedFetchOptions } from './guarded-fetch-options.ts';
export { guardedFetch, type FetchGuard, type GuardedFetch } from './guarded-fetch.ts';
export { HttpResponseError } from './http-response-error.ts';
