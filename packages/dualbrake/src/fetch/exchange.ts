import { Call, type CallContext } from '../call.ts';
import { discard } from '../discard.ts';
import { CallTimeoutError } from '../errors.ts';
import { remainingMs } from '../remaining.ts';
import { isThenable } from '../user-function.ts';
import { BodySource } from './body-source.ts';
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
  /** The caller's own signal, or signals, which also end the reading of a body. */
  readonly signal: AbortSignal | undefined;
  readonly #sending: Sending;
  /** A body that can be read only once; nothing where there is none. */
  readonly #source: BodySource | undefined;
  readonly #options: Judging;
  readonly #failed = new Set<Response>();
  /** Ends all reading when the caller's deadline has passed; nothing where there is none. */
  #total: TotalLimit | undefined;

  /** @param given the signal beside those of `fetch`'s own arguments */
  constructor(sending: Sending, given: AbortSignal | undefined, options: Judging) {
    this.#source = BodySource.of(sending.init?.body);
    this.#sending = this.#source === undefined ? sending : repeatable(sending, this.#source.stream);
    this.#options = options;
    const { input, init } = this.#sending;
    const request = input instanceof Request ? input : undefined;
    this.method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    this.headers = new Headers(init?.headers ?? request?.headers);
    this.signal = either(given, init?.signal ?? sending.init?.signal ?? request?.signal);
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
    if (deadlineHeader !== false && leftMs !== Infinity && this.#mayTell()) {
      headers.set(deadlineHeader, String(Math.floor(leftMs)));
    }
    const signal = this.#signalOf(context);
    const answer = await fetch(input instanceof Request ? input.clone() : input, { ...init, headers, signal });
    if (typeof answer !== 'object' || answer === null) {
      throw new TypeError(`fetch must answer a Response, got ${String(answer)}`);
    }
    const told = body === 'whole' ? await whole(answer) : answer;
    if (await isFailed(isFailure, told)) {
      this.#failed.add(told);
      throw new HttpResponseError(this.method, this.url?.origin ?? '', told);
    }
    return told;
  }

  /** Whether an error stands for an answer of this exchange. */
  owns(error: unknown): error is HttpResponseError {
    return error instanceof HttpResponseError && this.#failed.has(error.response);
  }

  /**
   * The call has ended.
   *
   * @param kept a failed answer that the caller gets: its body is still inside of his deadline
   * @param error what it failed with; nothing when it was answered
   */
  end(kept: Response | undefined, error: unknown): void {
    this.discardFailed(kept);
    if (kept === undefined) this.#total?.cancel();
    if (this.#source === undefined) return;
    // Nothing is sent again. What has been answered may still be on its way; of what has failed nothing is wanted.
    if (error !== undefined && kept === undefined) this.#source.cancel(error);
    const { input } = this.#sending;
    if (input instanceof Request) input.body?.cancel().catch(() => undefined);
  }

  /** Lets go of the answers that nobody will read: an unread body keeps its connection. */
  discardFailed(except?: Response): void {
    for (const response of this.#failed) if (response !== except) discard(response);
    this.#failed.clear();
  }

  /** What ends a request and the reading of its body. One that several callers wait for is under nobody's limits. */
  #signalOf(context: CallContext): AbortSignal {
    if (context instanceof Call && context.isForAll) return context.signal;
    this.#total ??= totalLimitOf(context);
    return either(either(context.signal, this.signal), this.#total?.signal);
  }

  /** To other origins, a page would have to ask first whether it may send the header, and many say no. */
  #mayTell(): boolean {
    const { location } = globalThis as { readonly location?: { readonly origin?: string } };
    return baseOfPage() === undefined || this.url?.origin === location?.origin;
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

/** A limit for the whole of an exchange, the reading of a failed answer included. */
interface TotalLimit {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** @returns nothing for a call whose caller has no deadline */
function totalLimitOf(context: CallContext): TotalLimit | undefined {
  if (!(context instanceof Call) || context.callerDeadline === Infinity) return undefined;
  const { clock } = context.host;
  const leftMs = Math.max(0, context.callerDeadline - clock.now());
  const controller = new AbortController();
  const late = (): void => controller.abort(new CallTimeoutError(leftMs, 'caller'));
  return { signal: controller.signal, cancel: clock.after(leftMs, late, { background: true }) };
}

/**
 * Aborts when one of them does. A policy follows its caller's signal for as long as its attempt lasts, and that ends
 * with the headers; the body is read afterwards, so the caller's own signal is needed beside.
 */
function either(one: AbortSignal, other: AbortSignal | null | undefined): AbortSignal;
function either(one: AbortSignal | undefined, other: AbortSignal | null | undefined): AbortSignal | undefined;
function either(one: AbortSignal | undefined, other: AbortSignal | null | undefined): AbortSignal | undefined {
  if (one === undefined) return other ?? undefined;
  return other === undefined || other === null || other === one ? one : AbortSignal.any([one, other]);
}

/** A body that can be read only once becomes one that can be sent again, at the price of being kept until the end. */
function repeatable({ input, init }: Sending, body: ReadableStream<unknown>): Sending {
  // `duplex` is asked for by the standard, and not yet known to the types.
  return { input: new Request(input, { ...init, body, duplex: 'half' } as RequestInit), init: undefined };
}

/** The answer with its body read: a connection that breaks meanwhile is a failure of the attempt. */
async function whole(answer: Response): Promise<Response> {
  const { status, statusText, headers, url, redirected } = answer;
  // Of an answer that a page may not see there is nothing to be read.
  if (status === 0) return answer;
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
