/** How requests are made and answers judged. */
export interface GuardedFetchOptions {
  /** Default: the platform's `fetch`, looked up at each call. */
  readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * Whether an answer is a failure. May be async, and should read only a `clone()` of it. Default, also where it throws
   * or says neither yes nor no: every status from 400 on; what that means, the classifier says.
   */
  readonly isFailure?: (response: Response) => boolean | PromiseLike<boolean>;
  /**
   * What the caller gets when the last attempt's answer is a failure. Default `answer`: the response, as from `fetch`.
   * `throw`: an `HttpResponseError` that carries it.
   */
  readonly judgedFailure?: 'answer' | 'throw';
  /**
   * `stream`, the default: the guard ends when the headers are there, as `fetch` does. `whole`: it reads the body, too,
   * so that time limits hold for it and a connection that breaks in the middle is tried again.
   */
  readonly body?: 'stream' | 'whole';
  /** Sent with the milliseconds that are left, when there is a deadline. Default `x-deadline-ms`; `false` for none. */
  readonly deadlineHeader?: string | false;
  /** Names calls in events and chooses among keyed breakers, such as `({ host }) => host`. Default: the guard's name. */
  readonly key?: (url: URL, method: string) => string;
}
