import { STATUS_CODES } from 'node:http';
import { classify, type Classification } from 'dualbrake';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { problemMediaType, type Problem, type ProblemDetail } from '../../../contract/problem.ts';
import { isolatedForMs, isolationEnd, isolationText } from '../isolation.ts';
import type { NotCommittedError, OutcomeUnknownError } from '../unit-of-work.ts';

interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** For programs, in snake_case; never changes. */
  readonly code: string;
  readonly title: string;
  /** What to do, in a plain sentence, for the person in front of the screen. */
  readonly detail: string;
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, such as `current_version`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An answer that is not a success, as HTTP says it. Thrown where HTTP begins, never in the middle of a service. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly ProblemDetail[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(options: ProblemOptions) {
    super(options.detail, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.title = options.title;
    this.detail = options.detail;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/** Wait this long where nobody knows better, in seconds: a restart of the embedded database takes about as long. */
const retryAfterSeconds = 5;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a method only reads. */
export function readsOnly(method: string): boolean {
  return safeMethods.has(method);
}

/**
 * What HTTP says to an error. Errors do not know HTTP; this is the one place that knows both.
 *
 * @param options `method` decides what is said about saving
 */
export function problemOf(error: unknown, { method }: { readonly method: string }): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  return problemOfCode(error, method) ?? problemOfFastify(error) ?? problemOfClass(error, method);
}

/** Sends a problem as it is meant to look. The body is written here, so no response schema can cut it. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemError): FastifyReply {
  const body: Problem = {
    type: `urn:driving-school:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    detail: problem.detail,
    instance: request.url.split('?', 1)[0] ?? '/',
    code: problem.code,
    correlation_id: request.id,
    ...(problem.errors === undefined ? {} : { errors: [...problem.errors] }),
    ...problem.members,
  };
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type(problemMediaType)
    .send(JSON.stringify(body));
}

/**
 * What is said when an operator blocks what was needed. Trying again sooner is of no use, so nobody is told to.
 *
 * @param before what happened to the request, with a blank at its end
 * @param after what it means for the reader
 * @returns nothing when the error is another one
 */
export function isolationProblem(
  error: unknown,
  before = '',
  after = 'Try again after that.',
): ProblemError | undefined {
  const forMs = isolatedForMs(error);
  if (forMs === undefined) return undefined;
  return new ProblemError({
    status: 503,
    code: 'isolated',
    title: 'An operator has isolated the database',
    detail: `${before}An operator has isolated the database for the next ${isolationText(forMs)}. ${after}`,
    headers: { 'retry-after': String(Math.max(1, Math.ceil(forMs / 1_000))) },
    members: { isolated_until: isolationEnd(forMs) },
    cause: error,
  });
}

/** Values that are not accepted, all of them at once. */
export function invalidValues(errors: readonly ProblemDetail[]): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'invalid_request',
    title: 'Some values are not valid',
    detail: errors.length === 1 ? (errors[0]?.message ?? '') : `${errors.length} values are not valid; see errors.`,
    errors,
  });
}

/**
 * Data that could not be read, and of which there is no copy. Never 404: that would be an answer.
 *
 * @returns nothing unless the database was unavailable
 */
export function noCopyProblem(error: unknown): ProblemError | undefined {
  const { status } = problemOf(error, { method: 'GET' });
  if (status !== 503 && status !== 504) return undefined;
  return (
    isolationProblem(error, '', 'There is no copy of this. Try again after that.') ??
    unavailableDatabase(error, {
      title: 'The database is not answering',
      detail: 'The database can’t be reached, and this server has no copy. Try again in a moment.',
    })
  );
}

/** 503 in words that fit the request. `Retry-After` is that of the cause. */
export function unavailableDatabase(
  cause: unknown,
  { code = 'unavailable', title, detail }: { readonly code?: string; readonly title: string; readonly detail: string },
): ProblemError {
  const { headers } = problemOf(cause, { method: 'GET' });
  return new ProblemError({
    status: 503,
    code,
    title,
    detail,
    headers: { 'retry-after': headers['retry-after'] ?? String(retryAfterSeconds) },
    cause,
  });
}

function notCommitted({ cause }: NotCommittedError): ProblemError {
  return (
    isolationProblem(cause, 'Nothing was saved. ') ??
    unavailableDatabase(cause, {
      title: 'Saving is not possible right now',
      detail: 'Nothing was saved. The database cannot be reached. Try again in a moment.',
    })
  );
}

function outcomeUnknown({ cause, repeatable }: OutcomeUnknownError): ProblemError {
  const next = repeatable
    ? 'Send the same request with the same Idempotency-Key: it takes effect once.'
    : 'Check whether the change is there before you repeat it.';
  return unavailableDatabase(cause, {
    code: 'outcome_unknown',
    title: 'Saving is not possible right now',
    detail: `The database stopped answering while it was saving. ${next}`,
  });
}

type Answer = (error: Error, method: string) => ProblemError;

/** Our own errors, by their code. */
const answers: Readonly<Record<string, Answer>> = {
  CIRCUIT_OPEN: (error, method) =>
    isolationProblem(error, readsOnly(method) ? '' : 'Nothing was saved. ') ??
    unavailable(method, 'no', retryAfterMsOf(error)),
  BULKHEAD_FULL: (error, method) => unavailable(method, 'no', retryAfterMsOf(error)),
  CALL_TIMEOUT: (_, method) => tooSlow(method, 'maybe'),
  DEADLINE_EXCEEDED: (_, method) => tooSlow(method, 'no'),
  NOT_COMMITTED: (error) => notCommitted(error as NotCommittedError),
  OUTCOME_UNKNOWN: (error) => outcomeUnknown(error as OutcomeUnknownError),
  IDEMPOTENCY_KEY_REUSED: () =>
    new ProblemError({
      status: 422,
      code: 'idempotency_key_reused',
      title: 'Idempotency-Key was used before',
      detail: 'This Idempotency-Key was used for something else. Nothing was saved. Use a new key for a new request.',
    }),
  REQUEST_TOO_DEEP: () =>
    invalidValues([{ pointer: '', code: 'too_deep', message: 'Send a JSON object without deeply nested values.' }]),
  CURSOR_INVALID: () =>
    invalidValues([
      {
        pointer: '?cursor',
        code: 'cursor_invalid',
        message: 'This cursor belongs to another search. Start with the first page.',
      },
    ]),
};

function problemOfCode(error: unknown, method: string): ProblemError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return answers[error.code]?.(error, method);
}

function retryAfterMsOf(error: Error): number | undefined {
  return 'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}

function problemOfFastify(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  const status = error.statusCode;
  if (status < 400 || status > 499) return undefined;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  // Fastify gives an address that cannot be decoded the same status as a body that cannot be read.
  if ('code' in error && error.code === 'FST_ERR_BAD_URL')
    return new ProblemError({
      status,
      code: 'invalid_address',
      title: 'Invalid address',
      detail: 'The address contains an incomplete or invalid % escape. Check the address.',
      cause: error,
    });
  const known = fastifyAnswers[status] ?? { code: 'bad_request', detail: 'The request cannot be understood.' };
  return new ProblemError({ status, title, ...known, cause: error });
}

const fastifyAnswers: Readonly<Record<number, { code: string; detail: string }>> = {
  400: { code: 'bad_request', detail: 'The request cannot be understood: its body is empty or is not valid JSON.' },
  404: { code: 'not_found', detail: 'There is nothing at this address.' },
  413: { code: 'too_large', detail: 'The request is too large.' },
  414: { code: 'address_too_long', detail: 'The address is too long.' },
  415: { code: 'unsupported_media_type', detail: 'Send JSON, with the header Content-Type: application/json.' },
};

function problemOfClass(error: unknown, method: string): ProblemError {
  const found = classify(error);
  if (found.class === 'cancelled') {
    return new ProblemError({
      status: 499,
      code: 'client_left',
      title: 'Client left',
      detail: 'The client left before the answer was there.',
      cause: error,
    });
  }
  const passing = found.class === 'transient' || found.class === 'system' || found.class === 'refused';
  // An error that no rule knows is a mistake of ours until somebody has looked at it.
  if (passing && found.rule !== 'unknown') return unavailable(method, found.applied, found.retryAfterMs, error);
  return new ProblemError({
    status: 500,
    code: 'internal_error',
    title: 'Something went wrong',
    detail: 'This is a bug on our side. Report it with the correlation ID.',
    cause: error,
  });
}

function unavailable(
  method: string,
  applied: Classification['applied'],
  retryAfterMs?: number,
  cause?: unknown,
): ProblemError {
  const seconds = retryAfterMs === undefined ? retryAfterSeconds : Math.max(1, Math.ceil(retryAfterMs / 1_000));
  return new ProblemError({
    status: 503,
    code: 'unavailable',
    title: 'Temporarily unavailable',
    detail: `${savedOrNot(method, applied)}The database or another service can’t be reached. Try again in a moment.`,
    headers: { 'retry-after': String(seconds) },
    cause,
  });
}

function tooSlow(method: string, applied: Classification['applied']): ProblemError {
  return new ProblemError({
    status: 504,
    code: 'too_slow',
    title: 'No answer in time',
    detail: `${savedOrNot(method, applied)}The database or another service did not answer in time. Try again in a moment.`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

/** Never says that nothing was saved unless that is known. */
function savedOrNot(method: string, applied: Classification['applied']): string {
  if (readsOnly(method)) return '';
  return applied === 'no'
    ? 'Nothing was saved. '
    : 'It is not certain whether this was saved: look before you send it again. ';
}

interface Validation {
  readonly validation: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly message?: string;
  }[];
  readonly validationContext?: string | undefined;
}

function invalidRequest({ validation, validationContext }: Validation): ProblemError {
  const inBody = validationContext === undefined || validationContext === 'body';
  const errors = validation.map(({ instancePath, keyword, message }) => ({
    pointer: inBody ? instancePath || '/' : `?${instancePath.slice(1).replaceAll('/', '.')}`,
    code: keyword,
    message: message ?? 'This value is not allowed.',
  }));
  return invalidValues(errors);
}
