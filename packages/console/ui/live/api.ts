import { recentActivity } from '@dualbrake/kit/activity';
import type { ProblemView } from '../../src/contract.ts';

/** An answer that takes longer is taken for none. */
const LIMIT_MS = 10_000;

/** The server said no, in words that can be shown. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'CONSOLE_API';
  /** 0 when there was no answer at all: what was ordered may have been done. */
  readonly status: number;
  readonly problem: ProblemView | undefined;

  constructor(status: number, detail: string, problem?: ProblemView) {
    super(detail);
    this.status = status;
    this.problem = problem;
  }
}

export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What goes with an order beside its body. */
export interface OrderHeaders {
  /** The same for every attempt to send this order; left out, it is sent as one of its own. */
  readonly key?: string;
  /** Version of what was seen: the order is refused when it has changed. */
  readonly ifMatch?: string;
}

/** The console's API. Everything throws `ApiError`. */
export interface Api {
  /** @param path below `api/v1/` */
  get<T>(path: string): Promise<T>;
  send<T>(method: Method, path: string, body: unknown, headers?: OrderHeaders): Promise<T>;
  /** Ends the session. @returns where to go from here */
  signOut(): Promise<string>;
  /** Address of something to download. */
  url(path: string): string;
}

/** @param base where the console is mounted, without a slash at the end */
export function createApi(base: string): Api {
  const url = (path: string): string => `${base}/api/v1/${path}`;
  return {
    url,
    signOut: async () => ((await call(`${base}/sign-out`, { method: 'POST' })) as { next: string }).next,
    // The application may end sessions in which nobody does anything; this page also reads by itself.
    get: async <T>(path: string) => (await call(url(path), { headers: { 'x-user-activity': recentActivity() } })) as T,
    send: async <T>(method: Method, path: string, body: unknown, { key = newKey(), ifMatch }: OrderHeaders = {}) =>
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
      signal: AbortSignal.timeout(LIMIT_MS),
      ...init,
    });
    // A proxy's refusal is no JSON.
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

/** `crypto.randomUUID` is missing on plain HTTP names; random bytes are not. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
