import type { OperationView, ProblemView, OverviewView, SessionView } from '../src/contract.ts';

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

/** What can be ordered: the kind of thing decides about the address. */
export interface Order {
  readonly kind: 'breakers' | 'services';
  readonly id: string;
  readonly action: string;
  readonly reason: string;
  /** The same for every attempt to send this order. */
  readonly key: string;
}

/** The console's API, as the page uses it. Everything throws `ApiError`. */
export interface Api {
  session(): Promise<SessionView>;
  report(): Promise<OverviewView>;
  /** @returns the operation that was begun; nothing for a breaker, whose orders are carried out at once */
  order(order: Order): Promise<OperationView | undefined>;
  operation(id: string): Promise<OperationView>;
}

/** @param base where the console is mounted, without a slash at the end */
export function createApi(base: string): Api {
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(`${base}/api/v1/${path}`, {
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(LIMIT_MS),
        ...init,
      });
      // A proxy's refusal is no JSON.
      body = await (response.ok ? response.json() : response.json().catch(() => undefined));
    } catch {
      throw new ApiError(0, 'The server does not answer. Check the connection and try again.');
    }
    if (response.ok) return body;
    const problem = isProblem(body) ? body : undefined;
    throw new ApiError(response.status, problem?.detail ?? `The server answered ${response.status}.`, problem);
  };
  return {
    session: async () => (await call('session')) as SessionView,
    report: async () => (await call('overview')) as OverviewView,
    order: async ({ kind, id, action, reason, key }) => {
      const answer = await call(`${kind}/${encodeURIComponent(id)}/actions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ action, reason }),
      });
      return kind === 'services' ? (answer as OperationView) : undefined;
    },
    operation: async (id) => (await call(`operations/${encodeURIComponent(id)}`)) as OperationView,
  };
}

function isProblem(body: unknown): body is ProblemView {
  return typeof body === 'object' && body !== null && typeof (body as { detail?: unknown }).detail === 'string';
}

/** `crypto.randomUUID` is missing on plain HTTP names; random bytes are not. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
