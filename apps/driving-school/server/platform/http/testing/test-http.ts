import { systemClock, type Clock } from 'dualbrake';
import { pino } from 'pino';
import type { Actor, Role } from '../../../../contract/session.ts';
import { roleSchema } from '../../../../contract/session.ts';
import type { Log } from '../../logs/log.ts';
import type { Identity } from '../access.ts';
import type { ConnectionLimits } from '../connections.ts';
import { createHttp, type HttpServer } from '../http.ts';

/** Trusts the header `x-test-role`, without a session: for tests of routes that are not about sign-in. */
export const identityByHeader: Identity = {
  async register() {},
  async identify(request) {
    const role = roleSchema.safeParse(request.headers['x-test-role']);
    if (!role.success) return undefined;
    const userId = request.headers['x-test-user'];
    const actor = typeof userId === 'string' ? { ...testActor(role.data), userId } : testActor(role.data);
    return {
      actor,
      email: `${role.data}@school.example`,
      asOf: Temporal.Now.instant(),
      source: 'live',
      recentlyAuthenticated: true,
    };
  },
};

/** A user with this role. */
export function testActor(role: Role): Actor {
  return {
    userId: '00000000-0000-4000-8000-000000000001',
    schoolId: '00000000-0000-4000-8000-00000000000a',
    role,
    name: 'Test Person',
  };
}

export interface TestHttpOptions {
  readonly log?: Log;
  readonly clock?: Clock;
  readonly identity?: Identity;
  readonly ready?: () => boolean;
  readonly trustedProxies?: readonly string[];
  /** Default: as in the application. */
  readonly connections?: Partial<ConnectionLimits>;
}

/**
 * The HTTP server of the application without log output, which trusts the header `x-test-role`.
 * Add routes, then `await app.inject({ ..., headers: asRole('office') })`.
 */
export function testHttp({
  log,
  clock,
  identity,
  ready = () => true,
  trustedProxies = [],
  connections = {},
}: TestHttpOptions = {}): HttpServer {
  return createHttp({
    log: log ?? pino({ level: 'silent' }),
    clock: clock ?? systemClock,
    identity: identity ?? identityByHeader,
    readiness: () => (ready() ? { ready: true, reason: 'ready' } : { ready: false, reason: 'the database is down' }),
    version: '0.0.0',
    host: '127.0.0.1',
    trustedProxies,
    connections,
    links: { application: 'Driving School', homePath: '/', signInPath: '/sign-in', signOutPath: '/admin/sign-out' },
  });
}

/** Headers of a request by a user with this role. */
export function asRole(role: Role): Record<string, string> {
  return { 'x-test-role': role };
}
