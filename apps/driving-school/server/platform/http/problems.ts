import { STATUS_CODES } from 'node:http';
import { BulkheadFullError, classify } from 'dualbrake';
import { toProblem } from 'dualbrake/fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { ProblemDetail } from '../../../contract/problem.ts';
import { isolatedForMs, isolationEnd, isolationText } from '../isolation.ts';
import type { NotCommittedError, OutcomeUnknownError } from '../unit-of-work.ts';

/** A problem, as RFC 9457 defines it. */
export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** For programs, in snake_case; never changes. */
  readonly code: string;
  readonly title: string;
  /** A plain sentence for users: the event, and their next step. */
  readonly detail: string;
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, such as `current_version`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error with its HTTP response. Thrown by routes; services throw errors of their domain, which `<slice>-problems.ts` maps. */
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

/** The `Retry-After` of outages of unknown length, in seconds: about as long as the embedded database takes to restart. */
const retryAfterSeconds = 5;

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a method only reads. */
export function readsOnly(method: string): boolean {
  return safeMethods.has(method);
}

/**
 * Maps any error to a problem: those of schema validation, Fastify and the dependencies here, all others to a 500.
 *
 * @param request its method decides whether the detail says if anything was saved
 */
export function problemOf(error: unknown, { method }: { readonly method: string }): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  return platformProblem(error) ?? outageProblem(error, method) ?? fastifyProblem(error) ?? unexpectedProblem(error);
}

/**
 * The problem of a call that failed because an operator has isolated the database. `Retry-After` is the end of the
 * isolation, because earlier retries are useless.
 *
 * @param before what happened to the request, with a space at its end
 * @param after what it means for the reader
 * @returns `undefined` for all other errors
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
export function invalidValues(errors: readonly ProblemDetail[], title = 'Some values are not valid'): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'invalid_request',
    title,
    detail: errors.length === 1 ? (errors[0]?.message ?? '') : `${errors.length} values are not valid; see errors.`,
    errors,
  });
}

/**
 * Data that could not be read and has no copy. Never 404, which would be an answer.
 *
 * @returns `undefined` unless the database was unavailable
 */
export function noCopyProblem(error: unknown): ProblemError | undefined {
  const { status } = problemOf(error, { method: 'GET' });
  if (status !== 503 && status !== 504) return undefined;
  return (
    isolationProblem(error, '', 'This server has no copy. Try again after that.') ??
    busyProblem(error) ??
    unavailableDatabase(error, {
      title: 'The database is not answering',
      detail: 'The database can’t be reached, and this server has no copy. Try again in a moment.',
    })
  );
}

/** A 503 with a detail that fits the request. `Retry-After` is that of the cause. */
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

/** The refusal of a call for which no connection became free: the database works, and others are using it. */
function busyProblem(error: unknown, before = ''): ProblemError | undefined {
  if (!(error instanceof BulkheadFullError)) return undefined;
  return new ProblemError({
    status: 503,
    code: 'busy',
    title: 'Busy',
    detail: `${before}Many people are saving at this moment. Try again in a second.`,
    headers: { 'retry-after': '1' },
    cause: error,
  });
}

/** Errors of the platform that any slice's routes can throw, by code. */
const platformProblems: Readonly<Record<string, (error: Error) => ProblemError>> = {
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

function platformProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return platformProblems[error.code]?.(error);
}

function notCommitted({ cause }: NotCommittedError): ProblemError {
  return (
    isolationProblem(cause, 'Nothing was saved. ') ??
    busyProblem(cause, 'Nothing was saved. ') ??
    unavailableDatabase(cause, {
      title: 'Saving is not possible right now',
      detail: 'Nothing was saved. The database can’t be reached. Try again in a moment.',
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
    detail: `The database stopped responding during the commit. ${next}`,
  });
}

/** Outages, refusals and timeouts that the library recognizes, in the words of the application. */
function outageProblem(error: unknown, method: string): ProblemError | undefined {
  const outage = toProblem(error);
  if (outage === undefined) return undefined;
  const isolation = isolationProblem(error, readsOnly(method) ? '' : 'Nothing was saved. ');
  if (isolation !== undefined) return isolation;
  const busy = busyProblem(error, readsOnly(method) ? '' : 'Nothing was saved. ');
  if (busy !== undefined) return busy;
  const words = outage.status === 504 ? tooSlow : unavailable;
  return new ProblemError({
    ...words,
    detail: `${savedOrNot(error, method)}${words.detail}`,
    headers: { 'retry-after': String(outage.retryAfterSeconds ?? retryAfterSeconds) },
    cause: error,
  });
}

const unavailable = {
  status: 503,
  code: 'unavailable',
  title: 'Temporarily unavailable',
  detail: 'The database or another service can’t be reached. Try again in a moment.',
} as const;

const tooSlow = {
  status: 504,
  code: 'too_slow',
  title: 'No response in time',
  detail: 'The database or another service did not respond in time. Try again in a moment.',
} as const;

/** Says that nothing was saved only if that is certain. */
function savedOrNot(error: unknown, method: string): string {
  if (readsOnly(method)) return '';
  return classify(error).applied === 'no'
    ? 'Nothing was saved. '
    : 'It is not certain whether this was saved: check before you send it again. ';
}

function fastifyProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  const status = error.statusCode;
  if (status < 400 || status > 499) return undefined;
  // Fastify uses the same status for a URL that can't be decoded as for a body that can't be parsed.
  const isBadUrl = 'code' in error && error.code === 'FST_ERR_BAD_URL';
  const known = isBadUrl ? badUrl : (fastifyProblems[status] ?? badRequest);
  return new ProblemError({ status, title: STATUS_CODES[status] ?? 'Bad Request', ...known, cause: error });
}

const badUrl = {
  code: 'invalid_address',
  title: 'Invalid address',
  detail: 'The address contains an incomplete or invalid % escape. Check the address.',
};

const badRequest = { code: 'bad_request', detail: 'The request can’t be processed.' };

const fastifyProblems: Readonly<Record<number, { code: string; detail: string }>> = {
  400: { code: 'bad_request', detail: 'The body of the request is empty or is not valid JSON.' },
  404: { code: 'not_found', detail: 'There is nothing at this address.' },
  413: { code: 'too_large', detail: 'The request is too large.' },
  414: { code: 'address_too_long', detail: 'The address is too long.' },
  415: { code: 'unsupported_media_type', detail: 'Send JSON, with the header Content-Type: application/json.' },
};

/** A client that has disconnected, and bugs. Errors that no rule of the library matches count as bugs. */
function unexpectedProblem(cause: unknown): ProblemError {
  if (classify(cause).class === 'cancelled') {
    return new ProblemError({
      status: 499,
      code: 'client_left',
      title: 'Client disconnected',
      detail: 'The client disconnected before the response was ready.',
      cause,
    });
  }
  return new ProblemError({
    status: 500,
    code: 'internal_error',
    title: 'Something went wrong',
    detail: 'This is a bug on our side. Report it with the correlation ID.',
    cause,
  });
}

interface Validation {
  readonly validation: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly message?: string;
    readonly params?: Readonly<Record<string, unknown>>;
  }[];
  readonly validationContext?: string | undefined;
}

function invalidRequest({ validation, validationContext }: Validation): ProblemError {
  const inBody = validationContext === undefined || validationContext === 'body';
  // The path of the whole body is `/`, whose JSON pointer is empty.
  const pointerOf = (path: string): string =>
    inBody ? path.replace(/^\/$/, '') : `?${path.replace(/^\//, '').replaceAll('/', '.')}`;
  const errors = validation.flatMap(({ instancePath, keyword, message, params }): ProblemDetail[] => {
    if (keyword !== 'unrecognized_keys' || !Array.isArray(params?.['keys'])) {
      const sentence = message?.startsWith('Invalid input') === true ? undefined : message;
      const other =
        instancePath === '/' && inBody ? 'Send a JSON object.' : 'This value is missing or of the wrong type.';
      return [{ pointer: pointerOf(instancePath), code: keyword, message: sentence ?? other }];
    }
    return params['keys'].map((key) => ({
      pointer: pointerOf(`${instancePath.replace(/\/$/, '')}/${String(key)}`),
      code: 'unknown_field',
      message: 'This field cannot be set.',
    }));
  });
  return invalidValues(errors);
}
