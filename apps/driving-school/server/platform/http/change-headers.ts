import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idempotencyKeyLengthMax } from '../idempotency.ts';
import type { ChangeRequest } from '../unit-of-work.ts';
import { invalidValues, ProblemError } from './problems.ts';

/** The header `Idempotency-Key`, optional. */
export const idempotencyKey = z
  .string()
  .min(1, 'Send a key of at least one character.')
  .max(idempotencyKeyLengthMax, `Send a key of at most ${idempotencyKeyLengthMax} characters.`)
  .optional()
  .meta({ description: 'The same key with the same body takes effect once, however often it is sent' });

/** The header `If-Match`, read as the version of the record: 3 for `"3"`. Without it the request is answered with 428. */
export const ifMatch = z
  .string()
  .optional()
  .meta({ description: 'Required: the ETag that was read last', example: '"3"' })
  .transform((text) => {
    const version = /^(?:W\/)?"(\d{1,9})"$/.exec(text?.trim() ?? '')?.[1];
    if (version === undefined) throw versionRequired();
    return Number(version);
  });

/** The headers of a request that creates a record. */
export const createHeaders = z.object({ 'idempotency-key': idempotencyKey });

/** The headers of a request that changes a record. */
export const changeHeaders = z.object({ 'if-match': ifMatch, 'idempotency-key': idempotencyKey });

/** The ETag of a version, as `If-Match` expects it: `"3"`. */
export function etagOf({ version }: { readonly version: number }): string {
  return `"${version}"`;
}

/** The parts of a request that a change needs. The route's schema may have parsed the header `If-Match`. */
type ChangingRequest = Pick<FastifyRequest, 'actor' | 'recovery'> & { readonly headers: object };

/** Reads the user, the context and the idempotency key of a change from its request. */
export function changeRequestOf({ actor, recovery: context, headers }: ChangingRequest): ChangeRequest {
  const key = 'idempotency-key' in headers ? headers['idempotency-key'] : undefined;
  return { actor, context, ...(typeof key === 'string' ? { idempotencyKey: key } : {}) };
}

/** The same of a change that names the version to which it was made. The route validates `changeHeaders`. */
export function versionedChangeOf(
  request: ChangingRequest & { readonly headers: z.output<typeof changeHeaders> },
): ChangeRequest & { readonly version: number } {
  return { ...changeRequestOf(request), version: request.headers['if-match'] };
}

/**
 * A `validatorCompiler` for routes whose service parses the body, so that all problems of a form are reported together.
 * The route's body schema is documentation only; parameters and headers are validated by theirs.
 */
export function bodyParsedByService({ schema, httpPart }: { schema: unknown; httpPart?: string | undefined }) {
  return (value: unknown): { value: unknown } | { error: Error } => {
    if (httpPart === 'body') return { value };
    try {
      const parsed = (schema as z.ZodType).safeParse(value);
      if (parsed.success) return { value: parsed.data };
      return {
        error: invalidValues(
          parsed.error.issues.map(({ path, code, message }) => ({ pointer: `?${path.join('.')}`, code, message })),
        ),
      };
    } catch (error) {
      // `ifMatch` throws its own problem.
      if (error instanceof ProblemError) return { error };
      throw error;
    }
  };
}

function versionRequired(): ProblemError {
  return new ProblemError({
    status: 428,
    code: 'precondition_required',
    title: 'Version required',
    detail: 'Send the ETag of the version you have read as If-Match, such as If-Match: "3".',
  });
}
