/** What others make of a thrown value: retry it, or not. Each is asked the way in which it asks itself, for a GET. */
import {
  isClockSkewError,
  isRetryableByTrait,
  isThrottlingError,
  isTransientError,
} from '@smithy/service-error-classification';
import axiosRetry from 'axios-retry';
import { classify, type ClassifyContext } from 'dualbrake';
import got, { calculateRetryDelay } from 'got';
import isNetworkError from 'is-network-error';
import isRetryAllowed from 'is-retry-allowed';
import ky from 'ky';

/** A library's decision. */
export interface Decider {
  readonly name: string;
  /** Its npm package, for the version. */
  readonly package: string | undefined;
  /** What was asked of it, in words. */
  readonly asked: string;
  decide(error: unknown, context: ClassifyContext): boolean | Promise<boolean>;
}

/** An answer of HTTP, wherever the thrown value keeps it: it is put where each library looks. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

export const deciders: readonly Decider[] = [
  {
    name: 'dualbrake',
    package: 'dualbrake',
    asked: '`classify(error).retryable`',
    decide: (error, context) => classify(error, context).retryable,
  },
  { name: 'always retry', package: undefined, asked: 'what a retry without a condition does', decide: () => true },
  {
    name: 'AWS SDK (smithy)',
    package: '@smithy/service-error-classification',
    asked: 'by trait, clock skew, throttling, transient',
    decide(error) {
      const answer = answerOf(error);
      const given = answer === undefined ? error : copyOf(error, { $metadata: { httpStatusCode: answer.status } });
      const asked = given as Parameters<typeof isTransientError>[0];
      return (
        isRetryableByTrait(asked) || isClockSkewError(asked) || isThrottlingError(asked) || isTransientError(asked)
      );
    },
  },
  {
    name: 'got',
    package: 'got',
    asked: '`calculateRetryDelay` with its defaults',
    decide(error) {
      const answer = answerOf(error);
      const response = answer && { statusCode: answer.status, headers: Object.fromEntries(answer.headers) };
      const given = { name: nameOf(error), code: codeOf(error), options: { method: 'GET' }, response };
      const after = answer?.headers.get('retry-after');
      const retryAfter = after === null || after === undefined ? undefined : Number(after) * 1_000;
      const delay = calculateRetryDelay({
        attemptCount: 1,
        retryOptions: got.defaults.options.retry,
        error: given,
        retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined,
        computedValue: Infinity,
      } as unknown as Parameters<typeof calculateRetryDelay>[0]);
      return delay !== 0;
    },
  },
  {
    name: 'ky',
    package: 'ky',
    asked: 'whether it calls `fetch` a second time',
    async decide(error) {
      let calls = 0;
      const answer = answerOf(error);
      const fetch = async (): Promise<Response> => {
        calls += 1;
        if (answer === undefined) throw error;
        return new Response(null, { status: answer.status, headers: answer.headers });
      };
      const retry = { limit: 1, delay: () => 0, maxRetryAfter: 0 };
      try {
        await ky('http://localhost/', { fetch, retry, timeout: false });
      } catch {
        // How it ends is not what was asked.
      }
      return calls > 1;
    },
  },
  {
    name: 'axios-retry',
    package: 'axios-retry',
    asked: '`isNetworkOrIdempotentRequestError`, its default',
    decide(error) {
      const answer = answerOf(error);
      const response = answer && { status: answer.status, headers: Object.fromEntries(answer.headers) };
      const given = { code: codeOf(error), message: messageOf(error), config: { method: 'get' }, response };
      return axiosRetry.isNetworkOrIdempotentRequestError(
        given as unknown as Parameters<typeof axiosRetry.isNetworkOrIdempotentRequestError>[0],
      );
    },
  },
  {
    name: 'is-retry-allowed',
    package: 'is-retry-allowed',
    asked: 'itself',
    decide: (error) => isRetryAllowed(error as Error),
  },
  { name: 'is-network-error', package: 'is-network-error', asked: 'itself', decide: (error) => isNetworkError(error) },
];

function answerOf(error: unknown): Answer | undefined {
  const places = [error, read(error, 'response'), read(error, 'output'), read(error, '$metadata')];
  for (const place of places) {
    for (const name of ['status', 'statusCode', 'httpStatusCode']) {
      const status = read(place, name);
      if (typeof status === 'number' && status >= 200 && status <= 599)
        return { status, headers: headersOf(place, error) };
    }
  }
  return undefined;
}

function headersOf(...places: readonly unknown[]): Headers {
  for (const place of places) {
    const headers = read(place, 'headers');
    if (headers === undefined || headers === null) continue;
    try {
      return new Headers(headers as HeadersInit);
    } catch {
      // Not what a platform would take.
    }
  }
  return new Headers();
}

function read(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

const codeOf = (error: unknown): unknown => read(error, 'code');
const nameOf = (error: unknown): unknown => read(error, 'name');
const messageOf = (error: unknown): unknown => read(error, 'message');

function copyOf(error: unknown, more: object): unknown {
  return Object.assign(Object.create(Object(error) as object) as object, more);
}
