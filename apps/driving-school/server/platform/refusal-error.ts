/**
 * A request violates a rule. Not a failure of the database: no breaker counts it, and it is not retried.
 * Each refusal of a slice is a class of its own with a `code`; `<slice>-problems.ts` maps it to HTTP.
 */
export abstract class RefusalError extends Error {
  abstract readonly code: string;
}
