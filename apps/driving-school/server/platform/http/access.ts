import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Actor, Role } from '../../../contract/session.ts';
import { markConnectionAuthenticated } from './connections.ts';
import { ProblemError } from './problems.ts';

/** The clients that may call a route: all, those that are signed in, or those with one of these roles. */
export type Access = 'anyone' | 'signed-in' | readonly Role[];

/** A signed-in user. */
export interface SignedIn {
  readonly actor: Actor;
  readonly email: string;
  /** When this was last read from the database. */
  readonly asOf: Temporal.Instant;
  /** `copy` while the database is unavailable. */
  readonly source: 'live' | 'copy';
  /** Absent for identities without sessions. */
  readonly session?: {
    readonly id: string;
    /** The session ends then unless the user is active before. */
    readonly idleEndsAt: Temporal.Instant;
  };
  /** Whether the user entered their password or a code within the last ten minutes. Default: false. */
  readonly recentlyAuthenticated?: boolean;
}

/** Identifies the user of a request. Sign-in implements it; tests have their own. */
export interface Identity {
  /** Registers plugins, such as cookies. Called before any route is registered. */
  register(app: FastifyInstance): Promise<void>;
  /**
   * @returns `undefined` for anonymous requests
   * @throws ProblemError 503 when the user can't be determined
   */
  identify(request: FastifyRequest): Promise<SignedIn | undefined>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** The route changes nothing, whatever its method: an outage is not answered with "nothing was saved". */
    isRead?: boolean;
  }
  interface FastifyRequest {
    signedIn: SignedIn | undefined;
    /** The user of the request. Throws 401 without one, so only for routes whose access is not `anyone`. */
    readonly actor: Actor;
  }
}

/** Requests to routes with access `anyone` whose handler has authenticated the client itself. */
const authenticated = new WeakSet<FastifyRequest>();

/** Marks a request to a route with access `anyone` as authenticated, by a session or a token. */
export function markAuthenticated(request: FastifyRequest): void {
  authenticated.add(request);
  markConnectionAuthenticated(request);
}

/** Whether the client is not authenticated. Anyone can send any number of such requests. */
export function isAnonymous(request: FastifyRequest): boolean {
  return request.signedIn === undefined && !authenticated.has(request);
}

type AccessHook = ((request: FastifyRequest, reply: FastifyReply) => Promise<void>) & { readonly access: Access };

/** A `preHandler` that admits only these roles. It also declares the route's access. */
export function requireRole(...allowed: readonly [Role, ...Role[]]): AccessHook {
  return accessHook(allowed);
}

/** A `preHandler` that admits every signed-in user. It also declares the route's access. */
export function requireSignIn(): AccessHook {
  return accessHook('signed-in');
}

/**
 * A `preHandler` for sensitive actions: admits only users who have entered their password or a code within the last ten
 * minutes. Put it after the one that declares the route's access.
 */
export function requireRecentAuthentication(): (request: FastifyRequest) => Promise<void> {
  return async (request) => assertRecentAuthentication(request);
}

/** Like `requireRecentAuthentication`, for handlers of which only some requests are sensitive. @throws ProblemError 403 */
export function assertRecentAuthentication({ signedIn }: FastifyRequest): void {
  if (signedIn?.recentlyAuthenticated === true) return;
  throw new ProblemError({
    status: 403,
    code: 'reauthentication_required',
    title: 'Confirm your identity',
    detail: 'Enter your password or a code again before you do this.',
  });
}

function accessHook(access: Access): AccessHook {
  return Object.assign(async (request: FastifyRequest) => admit(request.signedIn, access), { access });
}

/**
 * Requires every route to declare its access: registering one that doesn't throws a TypeError.
 * Access is checked before the body is read, so that anonymous clients can't make the server parse anything.
 *
 * @param exempt prefixes of the paths of libraries' routes, which anyone may call
 */
export function declareAccess(app: FastifyInstance, { exempt }: { readonly exempt: readonly string[] }): void {
  app.addHook('onRoute', (route) => {
    const access =
      accessOf(route) ?? (exempt.some((prefix) => route.url.startsWith(prefix)) ? ('anyone' as const) : undefined);
    if (access === undefined) {
      throw new TypeError(
        `The route ${String(route.method)} ${route.url} does not declare its access. ` +
          `Add a preHandler requireRole(...), or config: { access: 'anyone' }.`,
      );
    }
    route.config = { ...route.config, access };
  });
}

/** Identifies the user of each request and refuses those without access. Call it after `identity.register`. */
export function enforceAccess(app: FastifyInstance, identity: Identity): void {
  app.decorateRequest('signedIn', undefined);
  app.decorateRequest('actor', {
    getter(this: FastifyRequest) {
      if (this.signedIn === undefined) throw signInFirst();
      return this.signedIn.actor;
    },
  });
  app.addHook('onRequest', async (request) => {
    // A path without a route is answered with 404 without checking the session.
    const access = request.is404 ? 'anyone' : request.routeOptions.config.access;
    if (access === 'anyone') return;
    request.signedIn = await identity.identify(request);
    if (request.signedIn !== undefined) markConnectionAuthenticated(request);
    admit(request.signedIn, access);
  });
}

function admit(signedIn: SignedIn | undefined, access: Access | undefined): void {
  if (access === 'anyone') return;
  if (signedIn === undefined) throw signInFirst();
  if (access === 'signed-in') return;
  if (access === undefined || !access.includes(signedIn.actor.role)) {
    throw new ProblemError({
      status: 403,
      code: 'not_permitted',
      title: 'Not permitted',
      detail: 'Your role does not allow this. The owner of the school can change roles under People.',
    });
  }
}

function signInFirst(): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'not_signed_in',
    title: 'Not signed in',
    detail: 'Sign in first.',
  });
}

function accessOf(route: RouteOptions): Access | undefined {
  if (route.config?.access !== undefined) return route.config.access;
  const hooks = Array.isArray(route.preHandler) ? route.preHandler : [route.preHandler];
  return hooks.find(isAccessHook)?.access;
}

function isAccessHook(hook: unknown): hook is AccessHook {
  return typeof hook === 'function' && 'access' in hook;
}
