import { Call, type CallContext } from '../call.ts';
import { discard } from '../discard.ts';
import { CallTimeoutError } from '../errors.ts';
import { remainingMs } from '../remaining.ts';
import { show } from '../show.ts';
import { isThenable } from '../user-function.ts';
import { BodySource } from './body-source.ts';
import type { GuardedFetchOptions } from './guarded-fetch-options.ts';
import { HttpResponseError } from './http-response-error.ts';

/** The arguments of `fetch`. */
export interface Sending {
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
}

type Judging = Required<Pick<GuardedFetchOptions, 'body' | 'deadlineHeader' | 'fetch' | 'isFailure'>>;

/** One request and all its attempts. */
export class Exchange {
  readonly method: string;
  readonly headers: Headers;
  /** The caller's signals, combined. They also stop the reading of a body. */
  readonly signal: AbortSignal | undefined;
  readonly #sending: Sending;
  /** The request body, if it can be read only once. */
  readonly #source: BodySource | undefined;
  readonly #options: Judging;
  readonly #failed = new Set<Response>();
  /** Stops all reading at the caller's deadline, if there is one. */
  #total: TotalLimit | undefined;

  /** @param given the signal from the call options, in addition to those in the arguments of `fetch` */
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

  /** `undefined` for an invalid URL, which `fetch` rejects. */
  get url(): URL | undefined {
    const { input } = this.#sending;
    return URL.parse(input instanceof Request ? input.url : input.toString(), baseOfPage()) ?? undefined;
  }

  /** @throws HttpResponseError for a failed response; the errors of `fetch`, unchanged */
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
      throw new TypeError(`fetch must return a Response, got ${show(answer)}`);
    }
    const told = body === 'whole' ? await whole(answer) : answer;
    if (await isFailed(isFailure, told)) {
      this.#failed.add(told);
      throw new HttpResponseError(this.method, this.url?.origin ?? '', told);
    }
    return told;
  }

  /** Whether an error is a failed response of this exchange. */
  owns(error: unknown): error is HttpResponseError {
    return error instanceof HttpResponseError && this.#failed.has(error.response);
  }

  /**
   * Cleans up after the call.
   *
   * @param kept the failed response that the caller gets; its body is still subject to the deadline
   * @param error the error of the call; `undefined` after success
   */
  end(kept: Response | undefined, error: unknown): void {
    this.discardFailed(kept);
    if (kept === undefined) this.#total?.cancel();
    if (this.#source === undefined) return;
    // No further attempt will send the body. After a response, sending it may still continue; after a failure it must stop.
    if (error !== undefined && kept === undefined) this.#source.cancel(error);
    const { input } = this.#sending;
    if (input instanceof Request) discard(input);
  }

  /** Cancels the bodies of failed responses: an unread body blocks its connection. */
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

/** Calls the user's `isFailure`. If it throws, rejects or doesn't return a boolean, the status decides. */
async function isFailed(isFailure: Judging['isFailure'], answer: Response): Promise<boolean> {
  try {
    const said: unknown = isFailure(answer);
    const failed: unknown = isThenable(said) ? await said : said;
    if (typeof failed === 'boolean') return failed;
  } catch {
    // The status decides, see below.
  }
  return answer.status >= 400;
}

/** The caller's deadline, which also applies to reading the body of a failed response. */
interface TotalLimit {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** @returns `undefined` if the caller has no deadline */
function totalLimitOf(context: CallContext): TotalLimit | undefined {
  if (!(context instanceof Call) || context.callerDeadline === Infinity) return undefined;
  const { clock } = context.host;
  const leftMs = Math.max(0, context.callerDeadline - clock.now());
  const controller = new AbortController();
  const late = (): void => controller.abort(new CallTimeoutError(leftMs, 'caller'));
  return { signal: controller.signal, cancel: clock.after(leftMs, late, { background: true }) };
}

/**
 * A signal that aborts when either of two does. Policies follow the caller's signal only until the headers arrive; the body is read
 * later, so the request also needs the caller's own signal.
 */
function either(one: AbortSignal, other: AbortSignal | null | undefined): AbortSignal;
function either(one: AbortSignal | undefined, other: AbortSignal | null | undefined): AbortSignal | undefined;
function either(one: AbortSignal | undefined, other: AbortSignal | null | undefined): AbortSignal | undefined {
  if (one === undefined) return other ?? undefined;
  return other === undefined || other === null || other === one ? one : AbortSignal.any([one, other]);
}

/** Makes a one-time body repeatable, at the cost of buffering it until the call ends. */
function repeatable({ input, init }: Sending, body: ReadableStream<unknown>): Sending {
  // The standard requires `duplex`; the types don't have it yet.
  return { input: new Request(input, { ...init, body, duplex: 'half' } as RequestInit), init: undefined };
}

/** The response with its body in memory, so that a connection that breaks meanwhile fails the attempt. */
async function whole(answer: Response): Promise<Response> {
  const { status, statusText, headers, url, redirected } = answer;
  // Of an answer that a page may not see there is nothing to be read.
  if (status === 0) return answer;
  const bytes = answer.body === null ? null : await answer.arrayBuffer();
  const copy = new Response(bytes, { status, statusText, headers });
  // A constructed response has no URL.
  return Object.defineProperties(copy, { url: { value: url }, redirected: { value: redirected } });
}

/** In a browser, URLs may be relative to the page. */
function baseOfPage(): string | undefined {
  const { document } = globalThis as { document?: { readonly baseURI?: string } };
  return document?.baseURI;
}
