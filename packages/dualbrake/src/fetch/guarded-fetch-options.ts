/**
 * Options of `guardedFetch`. All are optional.
 *
 * @example
 * ```ts
 * const options: GuardedFetchOptions = { body: 'whole', judgedFailure: 'throw', key: ({ host }) => host };
 * const fetchReport = guardedFetch(retry(), options);
 * ```
 */
export interface GuardedFetchOptions {
  /** Sends the requests. Default: the global `fetch`, looked up on each call. */
  readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * Whether a response is a failure. May be async; to read the body, use a `clone()`. Default, also used if it throws or doesn't return
   * a boolean: every status of 400 and above. The classifier decides what kind of failure it is.
   */
  readonly isFailure?: (response: Response) => boolean | PromiseLike<boolean>;
  /**
   * What the caller gets if the response of the last attempt is a failure. `answer`: the response, as from `fetch`. `throw`: an
   * `HttpResponseError` with the response. Default `answer`.
   */
  readonly judgedFailure?: 'answer' | 'throw';
  /**
   * `stream`: the guarded call ends when the headers arrive, as with `fetch`. `whole`: it also reads the body, so time limits apply to
   * it and a connection that breaks midway is retried. Default `stream`.
   */
  readonly body?: 'stream' | 'whole';
  /** Name of the request header with the milliseconds left until the deadline, if there is one. Default `x-deadline-ms`; `false` for none. */
  readonly deadlineHeader?: string | false;
  /** The key of a call, for events and keyed breakers, such as `({ host }) => host`. Default: the guard's name. */
  readonly key?: (url: URL, method: string) => string;
}
