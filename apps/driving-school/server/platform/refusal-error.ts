/**
 * A request that the rules refuse: nothing is wrong with the database, so no breaker counts it and nothing is retried.
 * Each refusal of a slice is a class of its own with a `code`; `<slice>-problems.ts` maps it to HTTP.
 */
export abstract class RefusalError extends Error {
  abstract readonly code: string;
}
