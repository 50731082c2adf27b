import { classify } from '../classify/classify.ts';
import { read } from '../classify/safe-read.ts';

/** What HTTP says to a failure. @see RFC 9457 */
export interface Problem {
  /** Always `about:blank`: `title` is that of the status, `code` tells more. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: 429 | 502 | 503 | 504;
  /** A sentence without names of anything inside. */
  readonly detail: string;
  /** For programs; never changes: the error's own code, or `DEPENDENCY_UNAVAILABLE`, `DEPENDENCY_FAILED`. */
  readonly code: string;
  /** Whole seconds to wait, for the `Retry-After` header; absent when nobody knows. */
  readonly retryAfterSeconds?: number;
}

/** `application/problem+json` */
export const problemMediaType = 'application/problem+json';

const titles = {
  429: 'Too Many Requests',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const;

const unavailable = 'Something that this needs cannot be reached. Nothing was done; try again later.';
const isolated = 'An operator has isolated something that this needs. Nothing was done; try again later.';
const own: Readonly<Record<string, readonly [status: Problem['status'], detail: string]>> = {
  CIRCUIT_OPEN: [503, unavailable],
  BULKHEAD_FULL: [503, 'Too much is going on at the moment. Nothing was done; try again later.'],
  RATE_LIMITED: [429, 'Too many requests were made. Nothing was done; try again later.'],
  DEADLINE_EXCEEDED: [504, 'The time for an answer was up before this was begun. Nothing was done.'],
  CALL_TIMEOUT: [504, 'Something that this needs did not answer in time. It may have taken effect.'],
};

/**
 * What to answer to an error: for this library's own errors, for answers of other services, and for what is classified
 * as a dependency's trouble.
 *
 * @returns nothing for any other error: a mistake of the program, or one whose author has given it a `statusCode`
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
      found.applied === 'no' ? unavailable : `${unavailable.split('.', 1)[0] ?? ''}. It may have taken effect.`;
    return problem(503, 'DEPENDENCY_UNAVAILABLE', detail, found.retryAfterMs);
  }
  if (!answered) return undefined;
  return problem(502, 'DEPENDENCY_FAILED', 'Something that this needs answered with an error.', undefined);
}

function problem(status: Problem['status'], code: string, detail: string, waitMs: number | undefined): Problem {
  const wait = waitMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  return { type: 'about:blank', title: titles[status], status, detail, code, ...wait };
}
