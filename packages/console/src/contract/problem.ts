import { z } from 'zod';

/** An error, `application/problem+json`, RFC 9457. */
export const problemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The path that was asked for. */
  instance: z.string(),
  /** The end of `type`, for programs. */
  code: z.string(),
  /** The id under which the application's log tells of this request, when it has given one. */
  correlation_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** Every problem that the API may answer with: code, status and when. The list is closed. */
export const problemTypes = {
  'bad-request': [400, 'The request cannot be understood.'],
  'idempotency-key-missing': [400, 'An order came without Idempotency-Key.'],
  'signed-out': [401, 'Nobody is signed in.'],
  permission: [403, 'The role does not allow it.'],
  'cross-site': [403, 'The order did not come from the console’s own page.'],
  'drills-disabled': [403, 'Drills are not allowed here.'],
  'not-found': [404, 'There is no such thing; looking for it has made none.'],
  method: [405, 'The address does not take this method.'],
  'read-only': [405, 'The console is in read-only mode.'],
  'not-acceptable': [406, 'The answer is only there in another form.'],
  'not-legal': [409, 'The target is in a state in which this cannot be done.'],
  'operation-running': [409, 'Something is being done to the target already.'],
  'cooling-down': [409, 'The same was done a moment ago.'],
  'count-changed': [409, 'The filter finds another number of breakers than was seen.'],
  'idempotency-key-in-use': [409, 'The same order is being carried out right now.'],
  'cursor-gone': [410, 'What the cursor points at is not kept any more.'],
  'version-changed': [412, 'The target has changed since it was read.'],
  'config-conflict': [412, 'The settings have changed since they were read.'],
  'too-large': [413, 'The body is too large.'],
  'not-json': [415, 'The body is not application/json.'],
  'unknown-host': [421, 'The Host header names no host that this console answers for.'],
  'invalid-order': [422, 'What was sent makes no sense; `errors` has every problem.'],
  'idempotency-key-reused': [422, 'The Idempotency-Key came with another order before.'],
  'version-missing': [428, 'If-Match is required here.'],
  'too-many-streams': [429, 'Too many streams are open.'],
  'too-many-orders': [429, 'Too many orders in a short time.'],
  internal: [500, 'The console failed.'],
  'audit-unavailable': [503, 'The audit log cannot be written, so nothing is changed.'],
  closed: [503, 'The application stops.'],
  'page-not-built': [503, 'The page of the console has not been built.'],
} as const satisfies Record<string, readonly [status: number, when: string]>;

export type ProblemCode = keyof typeof problemTypes;
