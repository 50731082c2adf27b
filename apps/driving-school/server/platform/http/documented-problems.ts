import type { FastifySchema, RouteOptions } from 'fastify';
import { problemMediaType } from '../../../contract/problem.ts';

/** The refusals of a route: sentences by status and code. Codes that many routes share are added: see `problemsOf`. */
export type Refusals = Readonly<Partial<Record<RefusalStatus, Readonly<Record<string, string>>>>>;
type RefusalStatus = 403 | 404 | 409 | 410 | 422 | 429;

declare module 'fastify' {
  interface FastifySchema {
    /** The record in codes, such as `lesson` in `lesson_not_found` and `lesson_changed`. For the documentation. */
    record?: string;
    /** For the documentation. */
    refusals?: Refusals;
  }
}

/** Sentences by code, by status. */
type Problems = Readonly<Record<string, Readonly<Record<string, string>>>>;

const saves =
  'Nothing was saved: the database can’t be reached. Try again after `Retry-After`, with the same Idempotency-Key.';
const outcome =
  'The database stopped responding during the commit. Sending the same request with the same Idempotency-Key is safe.';

/**
 * Everything that a route can answer besides success. Derived from its access, its parameters and its headers, and from
 * `record` and `refusals` of its schema.
 */
export function problemsOf({
  schema: { record, refusals = {}, params, querystring, body, headers },
  config,
  method,
}: {
  readonly schema: FastifySchema;
  readonly config: RouteOptions['config'];
  readonly method: string;
}): Problems {
  const isChange = method !== 'GET' && config?.isRead !== true;
  const isVersioned = hasHeader(headers, 'if-match');
  const isRepeatable = hasHeader(headers, 'idempotency-key');
  const signedIn = config?.access !== 'anyone';
  const byRole = Array.isArray(config?.access);
  const shared: Problems = {
    401: signedIn ? { not_signed_in: 'Sign in first.' } : {},
    403: byRole ? { not_permitted: 'Your role does not allow this.' } : {},
    404:
      record !== undefined && params !== undefined
        ? { [`${record}_not_found`]: 'There is no such record, or you don’t have access.' }
        : {},
    412:
      record !== undefined && isVersioned
        ? { [`${record}_changed`]: 'Someone else has changed it: `current_version` and ETag are those of now.' }
        : {},
    422: {
      ...(params !== undefined || querystring !== undefined || body !== undefined
        ? { invalid_request: 'Values are not valid: `errors` has a pointer, a code and a sentence for each.' }
        : {}),
      ...(isChange && isRepeatable
        ? { idempotency_key_reused: 'The Idempotency-Key was used for another request.' }
        : {}),
    },
    428: isVersioned ? { precondition_required: 'Send the ETag that you read last as If-Match.' } : {},
    503: {
      unavailable: isChange
        ? saves
        : 'The database can’t be reached, and there is no copy. Try again after `Retry-After`.',
      ...(isChange ? { outcome_unknown: outcome } : {}),
    },
  };
  const statuses = [...new Set([...Object.keys(shared), ...Object.keys(refusals)])].toSorted();
  return Object.fromEntries(
    statuses
      .map((status) => [status, { ...refusals[Number(status) as RefusalStatus], ...shared[status] }] as const)
      .filter(([, codes]) => Object.keys(codes).length > 0),
  );
}

/** Responses of OpenAPI for problems, with an example of each code. @param path of the route */
export function problemResponses(problems: Problems, path: string): Record<string, object> {
  return Object.fromEntries(
    Object.entries(problems).map(([status, codes]) => [
      status,
      {
        description: Object.entries(codes)
          .map(([code, sentence]) => `\`${code}\`: ${sentence}`)
          .join('\n\n'),
        content: {
          [problemMediaType]: {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(
              Object.entries(codes).map(([code, detail]) => [
                code,
                { value: { ...exampleOf(code, detail), status: Number(status), instance: path } },
              ]),
            ),
          },
        },
      },
    ]),
  );
}

function exampleOf(code: string, detail: string): object {
  const [first = '', ...rest] = code.replaceAll('_', ' ');
  return {
    type: `urn:driving-school:problem:${code}`,
    title: first.toUpperCase() + rest.join(''),
    code,
    detail,
    correlation_id: '019cd4a2-8d1e-7c3a-9a55-3f0f6e5d2b11',
  };
}

function hasHeader(headers: unknown, name: string): boolean {
  return typeof headers === 'object' && headers !== null && 'shape' in headers && name in (headers.shape as object);
}
