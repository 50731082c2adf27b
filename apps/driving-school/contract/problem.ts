import { z } from 'zod';

/** One problem with a request. */
export const problemDetailSchema = z.object({
  /** A JSON pointer into the body (`/phone`), or the name of a parameter (`?limit`). */
  pointer: z.string(),
  code: z.string(),
  /** A sentence for the user. */
  message: z.string(),
});
export type ProblemDetail = z.infer<typeof problemDetailSchema>;

/** The body of every error response (RFC 9457, `application/problem+json`). */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** Explains the problem and what to do, for the user. */
  detail: z.string(),
  instance: z.string(),
  /** A stable code for programs. */
  code: z.string(),
  /** Identifies the request in the log. */
  correlation_id: z.string(),
  errors: z.array(problemDetailSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const problemMediaType = 'application/problem+json';
