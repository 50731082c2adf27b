import { classify } from '../classify/classify.ts';
import { read } from '../classify/safe-read.ts';

/**
 * The body of an error response, as RFC 9457 defines it, and the delay for its `Retry-After` header.
 *
 * @example
 * ```ts
 * const problem: Problem | undefined = toProblem(new Error('connection lost'));
 * if (problem !== undefined) log.warn(`${problem.status} ${problem.code}`);
 * ```
 *
 * @see RFC 9457
 */
export interface Problem {
  /** Always `about:blank`: `title` is that of the status, `code` is more specific. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: 429 | 502 | 503 | 504;
  /** A sentence for people, without internal names. */
  readonly detail: string;
  /** Stable across releases: the error's own code, or `DEPENDENCY_UNAVAILABLE` or `DEPENDENCY_FAILED`. */
  readonly code: string;
  /** Whole seconds to wait, for the `Retry-After` header. Absent if unknown. */
  readonly retryAfterSeconds?: number;
}

/**
 * The media type of a `Problem`: `application/problem+json`.
 *
 * @example
 * ```ts
 * const answer = new Response(JSON.stringify(toProblem(new Error('down'))), { headers: { 'content-type': problemMediaType } });
 * ```
 */
export const problemMediaType = 'application/problem+json';

const titles = {
  429: 'Too Many Requests',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const;

const unavailable = 'A service that this request depends on is unavailable. Nothing was changed; try again later.';
const isolated =
  'A service that this request depends on was disabled by an operator. Nothing was changed; try again later.';
const own: Readonly<Record<string, readonly [status: Problem['status'], detail: string]>> = {
  CIRCUIT_OPEN: [503, unavailable],
  BULKHEAD_FULL: [503, 'Too many requests are in progress. Nothing was changed; try again later.'],
  RATE_LIMITED: [429, 'Too many requests. Nothing was changed; try again later.'],
  DEADLINE_EXCEEDED: [504, 'The deadline had passed before the request was processed. Nothing was changed.'],
  CALL_TIMEOUT: [
    504,
    'A service that this request depends on did not respond in time. The request may have taken effect.',
  ],
};

/**
 * The HTTP problem for an error: for errors of this library, failed responses of other services, and errors classified as a failure of
 * a dependency. Use it in your own error handler, together with `problems: false`.
 *
 * @returns `undefined` for all other errors: bugs of the program, and errors with a `statusCode`
 * @example
 * ```ts
 * try {
 *   await circuitBreaker().execute(() => database.getStudent(id));
 * } catch (error) {
 *   const { status = 500, detail = 'A bug on our side.' } = toProblem(error) ?? {};
 *   log.warn(`${status}: ${detail}`);
 * }
 * ```
 */
export function toProblem(error: unknown): Problem | undefined {
  const found = classify(error);
  const code = read(error, 'code');
  const known = typeof code === 'string' && found.rule.startsWith(`dualbrake.${code}`) ? own[code] : undefined;
  if (known !== undefined) {
    const [status, usual] = known;
    const detail = read(error, 'isolated') === true ? isolated : usual;
    const waitMs = read(error, 'retryAfterMs') ?? (code === 'BULKHEAD_FULL' ? 1_000 : undefined);
    return problem(status, String(code), detail, typeof waitMs === 'number' ? waitMs : undefined);
  }
  if (typeof read(error, 'statusCode') === 'number') return undefined;
  const answered = code === 'HTTP_RESPONSE';
  const passing = found.class === 'transient' || found.class === 'system';
  if (passing && found.rule !== 'unknown') {
    const detail =
      found.applied === 'no'
        ? unavailable
        : `${unavailable.split('.', 1)[0] ?? ''}. The request may have taken effect.`;
    return problem(503, 'DEPENDENCY_UNAVAILABLE', detail, found.retryAfterMs);
  }
  if (!answered) return undefined;
  return problem(502, 'DEPENDENCY_FAILED', 'A service that this request depends on returned an error.', undefined);
}

function problem(status: Problem['status'], code: string, detail: string, waitMs: number | undefined): Problem {
  const wait = waitMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  return { type: 'about:blank', title: titles[status], status, detail, code, ...wait };
}
