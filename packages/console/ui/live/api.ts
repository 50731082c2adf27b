import { recentActivity } from '@dualbrake/kit/activity';
import type { ProblemView } from '../../src/contract.ts';

const TIMEOUT_MS = 10_000;

/** A refused or failed request, with a message for the user. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'CONSOLE_API';
  /** 0 without a response: the request may have been carried out. */
  readonly status: number;
  readonly problem: ProblemView | undefined;

  constructor(status: number, detail: string, problem?: ProblemView) {
    super(detail);
    this.status = status;
    this.problem = problem;
  }
}

/** Why a request failed, for the user. */
export function messageOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'Something went wrong. Try again.';
}

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface ActionHeaders {
  /** Idempotency key, the same for every attempt to send one action. Default: a new one. */
  readonly key?: string;
  /** Version that was seen: the server refuses the action if it has changed. */
  readonly ifMatch?: string;
}

/** The console's HTTP API. All methods throw `ApiError`. */
export interface Api {
  /** @param path below `api/v1/` */
  get<T>(path: string): Promise<T>;
  send<T>(method: Method, path: string, body: unknown, headers?: ActionHeaders): Promise<T>;
  /** Ends the session. @returns the URL to go to */
  signOut(): Promise<string>;
  /** URL of a download. */
  url(path: string): string;
}

/** @param base path the console is mounted under, without a trailing slash */
export function createApi(base: string): Api {
  const url = (path: string): string => `${base}/api/v1/${path}`;
  return {
    url,
    signOut: async () => ((await call(`${base}/sign-out`, { method: 'POST' })) as { next: string }).next,
    // Lets the application end idle sessions although this page polls in the background.
    get: async <T>(path: string) => (await call(url(path), { headers: { 'x-user-activity': recentActivity() } })) as T,
    send: async <T>(method: Method, path: string, body: unknown, { key = newKey(), ifMatch }: ActionHeaders = {}) =>
      (await call(url(path), {
        method,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': key,
          ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
        },
        body: JSON.stringify(body),
      })) as T,
  };
}

/** @throws ApiError */
async function call(address: string, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
    });
    // An error page of a proxy isn't JSON.
    if (response.status !== 204) body = await (response.ok ? response.json() : response.json().catch(() => undefined));
  } catch {
    throw new ApiError(0, 'The server isn’t answering. Check the connection and try again.');
  }
  if (response.ok) return body;
  const problem = isProblem(body) ? body : undefined;
  throw new ApiError(response.status, problem?.detail ?? `The server answered ${response.status}.`, problem);
}

function isProblem(body: unknown): body is ProblemView {
  return typeof body === 'object' && body !== null && typeof (body as { detail?: unknown }).detail === 'string';
}

/** `crypto.randomUUID` needs HTTPS; random bytes don’t. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
