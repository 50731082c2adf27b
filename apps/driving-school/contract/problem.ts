import { z } from 'zod';

/** One thing that is wrong with what was sent. */
export const problemDetailSchema = z.object({
  /** Where, as a JSON pointer into the body (`/phone`), or the name of the parameter (`?limit`). */
  pointer: z.string(),
  code: z.string(),
  /** A sentence for the person who filled the form in. */
  message: z.string(),
});
export type ProblemDetail = z.infer<typeof problemDetailSchema>;

/** The body of every answer that is not a success (RFC 9457, `application/problem+json`). */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What to do, in a plain sentence. */
  detail: z.string(),
  instance: z.string(),
  /** For programs; never changes. */
  code: z.string(),
  /** Finds the request in the log. */
  correlation_id: z.string(),
  errors: z.array(problemDetailSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const problemMediaType = 'application/problem+json';
