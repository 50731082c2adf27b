import type { CallContext } from '../call.ts';
import { discard } from '../discard.ts';
import { remainingMs } from '../remaining.ts';
import { isThenable } from '../user-function.ts';
import type { GuardedFetchOptions } from './guarded-fetch-options.ts';
import { HttpResponseError } from './http-response-error.ts';

/** What is sent, in the two forms that `fetch` knows. */
export interface Sending {
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
}

type Judging = Required<Pick<GuardedFetchOptions, 'body' | 'deadlineHeader' | 'fetch' | 'isFailure'>>;

/** One request and all its attempts. */
export class Exchange {
  readonly method: string;
  readonly headers: Headers;
  /** The caller's own signal, which also ends the reading of a body. */
  readonly signal: AbortSignal | undefined;
  readonly #sending: Sending;
  readonly #options: Judging;
  readonly #failed = new Set<Response>();

  constructor(sending: Sending, options: Judging) {
    this.#sending = repeatable(sending);
    this.#options = options;
    const { input, init } = this.#sending;
    const request = input instanceof Request ? input : undefined;
    this.method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    this.headers = new Headers(init?.headers ?? request?.headers);
    this.signal = init?.signal ?? sending.init?.signal ?? request?.signal;
  }

  /** The address; nothing when there is none, which `fetch` will say. */
  get url(): URL | undefined {
    const { input } = this.#sending;
    return URL.parse(input instanceof Request ? input.url : input.toString(), baseOfPage()) ?? undefined;
  }

  /** @throws HttpResponseError for an answer that is a failure; what `fetch` throws, as it is */
  async attempt(context: CallContext): Promise<Response> {
    this.discardFailed();
    const { input, init } = this.#sending;
    const { fetch, isFailure, body, deadlineHeader } = this.#options;
    const headers = new Headers(this.headers);
    const leftMs = remainingMs(context);
    if (deadlineHeader !== false && leftMs !== Infinity) headers.set(deadlineHeader, String(Math.floor(leftMs)));
    const signal = this.#signal(context.signal);
    const answer = await fetch(input instanceof Request ? input.clone() : input, { ...init, headers, signal });
    if (typeof answer !== 'object' || answer === null) {
      throw new TypeError(`fetch must answer a Response, got ${String(answer)}`);
    }
    if (await isFailed(isFailure, answer)) {
      this.#failed.add(answer);
      throw new HttpResponseError(this.method, this.url?.origin ?? '', answer);
    }
    return body === 'whole' ? whole(answer) : answer;
  }

  /** Whether an error stands for an answer of this exchange. */
  owns(error: unknown): error is HttpResponseError {
    return error instanceof HttpResponseError && this.#failed.has(error.response);
  }

  /** Lets go of the answers that nobody will read: an unread body keeps its connection. */
  discardFailed(except?: Response): void {
    for (const response of this.#failed) if (response !== except) discard(response);
    this.#failed.clear();
  }

  /**
   * A policy follows the caller's signal for as long as its attempt lasts, and that ends with the headers. The body is
   * read afterwards, so the caller's own signal is needed beside.
   */
  #signal(attempt: AbortSignal): AbortSignal {
    const { signal } = this;
    return signal === undefined || signal === attempt ? attempt : AbortSignal.any([attempt, signal]);
  }
}

/**
 * What a function of the user says of an answer; its status says it where the function throws, rejects, or says neither
 * yes nor no.
 */
async function isFailed(isFailure: Judging['isFailure'], answer: Response): Promise<boolean> {
  try {
    const said: unknown = isFailure(answer);
    const failed: unknown = isThenable(said) ? await said : said;
    if (typeof failed === 'boolean') return failed;
  } catch {
    // Said by the status below.
  }
  return answer.status >= 400;
}

/** A body that can be read only once becomes one that can be sent again, at the price of being kept until the end. */
function repeatable({ input, init }: Sending): Sending {
  const body = init?.body;
  const once =
    typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body);
  if (!once) return { input, init };
  // `duplex` is asked for by the standard, and not yet known to the types.
  return { input: new Request(input, { ...init, duplex: 'half' } as RequestInit), init: undefined };
}

/** The answer with its body read: a connection that breaks meanwhile is a failure of the attempt. */
async function whole(answer: Response): Promise<Response> {
  const { status, statusText, headers, url, redirected } = answer;
  const bytes = answer.body === null ? null : await answer.arrayBuffer();
  const copy = new Response(bytes, { status, statusText, headers });
  // A made response has no address.
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}

/** In a page, addresses may be relative to it. */
function baseOfPage(): string | undefined {
  const { document } = globalThis as { document?: { readonly baseURI?: string } };
  return document?.baseURI;
}
