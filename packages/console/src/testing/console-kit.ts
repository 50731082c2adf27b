import { CircuitBreaker, Registry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createConsole, type Console, type ConsoleOptions, type ConsoleUser } from '../index.ts';

/** A console with two breakers, a manual clock and a constant random source, called without a network. */
export interface ConsoleKit {
  readonly clock: ManualClock;
  readonly registry: Registry;
  /** Opens at the second failure in a row, probes after 5 s. */
  readonly database: CircuitBreaker;
  readonly mail: CircuitBreaker;
  readonly console: Console;
  /** Unexpected errors of the console. */
  readonly troubles: unknown[];
  /** The signed-in user. */
  user: ConsoleUser | undefined;
  get<T = unknown>(path: string): Promise<T>;
  /** Sends an action, with a new Idempotency-Key unless one is given. */
  order(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Makes a call fail at a breaker like a lost connection. */
  fail(breaker: CircuitBreaker, message?: string): Promise<void>;
}

export const origin = 'http://school.test';
export const noon = Date.UTC(2026, 10, 23, 17);

const admin: ConsoleUser = { id: 'u-1', name: 'Ana', role: 'admin' };

let keys = 0;

/** @param options override those of the kit */
export function consoleKit(options: Partial<ConsoleOptions> = {}): ConsoleKit {
  const clock = new ManualClock();
  const registry = new Registry({ clock, random: () => 0.4 });
  const database = new CircuitBreaker({ name: 'database', failureThreshold: 2, resetTimeoutMs: 5_000 });
  const mail = new CircuitBreaker({ name: 'mail', failureThreshold: 2, resetTimeoutMs: 5_000 });
  registry.pipeline('reads', [database]);
  registry.pipeline('letters', [mail]);
  const troubles: unknown[] = [];
  const kit: ConsoleKit = {
    clock,
    registry,
    database,
    mail,
    troubles,
    user: admin,
    console: createConsole({
      registry,
      authenticate: () => kit.user,
      allowedHosts: 'any',
      wallClock: () => noon + clock.now(),
      onError: (error) => troubles.push(error),
      actionsPerMinute: 1_000_000,
      pageDirectory: '/nowhere',
      ...options,
    }),
    async get<T>(path: string) {
      const response = await kit.console(new Request(`${origin}/admin/api/v1/${path}`));
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    order(method, path, body, headers = {}) {
      const init: RequestInit = {
        method,
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `key-${(keys += 1)}-of-${process.pid}`,
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return kit.console(new Request(`${origin}/admin/api/v1/${path}`, init));
    },
    async fail(breaker, message = 'the connection was lost') {
      const error = Object.assign(new Error(message), { code: 'ECONNREFUSED', syscall: 'connect' });
      await breaker.execute(() => Promise.reject(error)).catch(() => {});
    },
  };
  return kit;
}
