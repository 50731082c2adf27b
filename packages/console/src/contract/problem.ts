import { z } from 'zod';

/** An error, `application/problem+json`, RFC 9457. */
export const problemView = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** The requested path. */
  instance: z.string(),
  /** The last part of `type`, for programs. */
  code: z.string(),
  /** Identifies the request in the application's log, if the application sets one. */
  correlation_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
});
export type ProblemView = z.infer<typeof problemView>;

/** All problems that the API can return: code, status and when. */
export const problemTypes = {
  'bad-request': [400, 'The request can’t be parsed.'],
  'idempotency-key-missing': [400, 'The action has no Idempotency-Key.'],
  'signed-out': [401, 'Nobody is signed in.'],
  permission: [403, 'The role doesn’t allow it.'],
  'cross-site': [403, 'The request didn’t come from the console’s own pages.'],
  'drills-disabled': [403, 'Drills are disabled here.'],
  'not-found': [404, 'The resource doesn’t exist.'],
  method: [405, 'The URL doesn’t accept this method.'],
  'read-only': [405, 'The console is read-only.'],
  'not-acceptable': [406, 'The response isn’t available in the requested format.'],
  'not-legal': [409, 'The target’s current state doesn’t allow this.'],
  'operation-running': [409, 'Another operation is running on the target.'],
  'cooling-down': [409, 'The same action ran a moment ago.'],
  'count-changed': [409, 'The filter matches a different number of breakers than expected.'],
  'idempotency-key-in-use': [409, 'The same request is still being processed.'],
  'cursor-gone': [410, 'The data the cursor points to is no longer available.'],
  'version-changed': [412, 'The target has changed since it was read.'],
  'config-conflict': [412, 'The settings have changed since they were read.'],
  'too-large': [413, 'The body is too large.'],
  'not-json': [415, 'The body is not application/json.'],
  'unknown-host': [421, 'The Host header names a host this console isn’t served under.'],
  'invalid-order': [422, 'The request is invalid; `errors` lists every problem.'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another request.'],
  'version-missing': [428, 'If-Match is required here.'],
  'too-many-streams': [429, 'Too many streams are open.'],
  'too-many-orders': [429, 'Too many changes in a short time.'],
  internal: [500, 'A bug in the console.'],
  'audit-unavailable': [503, 'The audit log can’t be written, so nothing was changed.'],
  closed: [503, 'The application is shutting down.'],
  'page-not-built': [503, 'The page of the console has not been built.'],
} as const satisfies Record<string, readonly [status: number, when: string]>;

export type ProblemCode = keyof typeof problemTypes;
