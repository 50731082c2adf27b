import assert from 'node:assert/strict';
import { CircuitBreaker, Registry, retry } from 'dualbrake';
import { ManualClock } from 'dualbrake/testing';
import { createConsole, type Console, type ConsoleLogEntry, type ConsoleService, type ConsoleUser } from '../index.ts';
import { origin } from './console-kit.ts';

/** No response may contain it. */
export const secret = 'postgres://clerk:hunter2@db/school';

/** A console with one breaker that two pipelines share, called without a network. */
export interface Setup {
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly breaker: CircuitBreaker;
  readonly console: Console;
  readonly log: ConsoleLogEntry[];
  readonly faults: unknown[];
  user: ConsoleUser | undefined;
  /** Thrown by `authenticate`. */
  authentication: Error | undefined;
  /** The console's wall clock, milliseconds since the epoch. */
  wallNow(): number;
  call(path: string, init?: RequestInit): Promise<Response>;
  order(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

const opened: Console[] = [];

/** Call it after each test. */
export function closeAll(): void {
  for (const console of opened.splice(0)) console.close();
}

let keys = 0;

export function setUp(services: readonly ConsoleService[] = []): Setup {
  const clock = new ManualClock();
  const registry = new Registry({ clock });
  const breaker = new CircuitBreaker({ name: 'database', failureThreshold: 2, resetTimeoutMs: 5_000 });
  registry.pipeline('reads', [retry({ strategy: 'immediate' }), breaker]);
  registry.pipeline('writes', [breaker]);
  const log: ConsoleLogEntry[] = [];
  const faults: unknown[] = [];
  const wallNow = (): number => Date.UTC(2026, 10, 23, 15, 0, 0) + clock.now();
  const setup: Setup = {
    clock,
    registry,
    breaker,
    log,
    faults,
    user: { id: 'u-1', name: 'Ana', role: 'operator' },
    authentication: undefined,
    wallNow,
    console: createConsole({
      registry,
      services,
      authenticate: () => {
        if (setup.authentication !== undefined) throw setup.authentication;
        return setup.user;
      },
      environment: 'test',
      allowedHosts: ['school.test'],
      log: (entry) => log.push(entry),
      onError: (error) => faults.push(error),
      wallClock: wallNow,
      pageDirectory: '/nowhere',
    }),
    call: (path, init) => setup.console(new Request(`${origin}${path}`, init)),
    order: (path, body, headers = {}) =>
      setup.call(`/admin/api/v1/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          'idempotency-key': `key-${(keys += 1)}`,
          origin,
          host: 'school.test',
          ...headers,
        },
      }),
  };
  opened.push(setup.console);
  return setup;
}

/** Opens the breaker with errors that contain a secret. */
export async function open(setup: Setup): Promise<void> {
  for (let count = 0; count < 2; count += 1) {
    const failing = setup.breaker.execute(() =>
      Promise.reject(Object.assign(new Error(secret), { code: 'ECONNREFUSED', syscall: 'connect' })),
    );
    await assert.rejects(failing, { code: 'ECONNREFUSED' });
  }
}

/** A service with one action. */
export function aService(run: () => Promise<string | void>, more: Partial<ConsoleService> = {}): ConsoleService {
  return {
    id: 'mail',
    name: 'mail',
    report: () => ({ state: 'up', sinceMs: 0, reason: 'it started' }),
    actions: { restart: { timeLimitMs: 10_000, coolDownMs: 0, run } },
    ...more,
  };
}

export const restart = { action: 'restart', reason: 'it hangs' };
