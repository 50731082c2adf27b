import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Actor, Role } from '../../../contract/session.ts';
import { vouchFor } from './connections.ts';
import { ProblemError } from './problems.ts';

/** Who may call a route: everybody, everybody who is signed in, or these roles. */
export type Access = 'anyone' | 'signed-in' | readonly Role[];

/** What is known about somebody who is signed in. */
export interface SignedIn {
  readonly actor: Actor;
  readonly email: string;
  /** When the database last confirmed it. */
  readonly asOf: Temporal.Instant;
  /** `copy` while the database cannot be asked. */
  readonly source: 'live' | 'copy';
  /** Absent for identities without sessions. */
  readonly session?: {
    readonly id: string;
    /** It ends then unless the person does something. */
    readonly idleEndsAt: Temporal.Instant;
  };
  /** Whether the password or a code was given within the last minutes. Absent means no. */
  readonly recentlyProven?: boolean;
}

/** Says who is asking. Sign-in is one of these; tests bring their own. */
export interface Identity {
  /** Adds what it needs, such as cookies. Called before any route is. */
  register(app: FastifyInstance): Promise<void>;
  /**
   * @returns nothing when nobody is signed in
   * @throws ProblemError 503 when it cannot be found out
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
    /** Who is asking. Throws 401 when nobody is signed in, so only for routes whose access is not `anyone`. */
    readonly actor: Actor;
  }
}

/** Requests of somebody who is known to a part of the application that finds that out by itself. */
const recognized = new WeakSet<FastifyRequest>();

/** Says that a request comes from somebody who is signed in, or has a token, although its route is open to anyone. */
export function recognize(request: FastifyRequest): void {
  recognized.add(request);
  vouchFor(request);
}

/** Whether nobody knows who sends this. Anybody can cause any number of such requests. */
export function isStranger(request: FastifyRequest): boolean {
  return request.signedIn === undefined && !recognized.has(request);
}

type AccessHook = ((request: FastifyRequest, reply: FastifyReply) => Promise<void>) & { readonly access: Access };

/** A `preHandler` that lets only these roles pass; it also declares the route's access. */
export function requireRole(...allowed: readonly [Role, ...Role[]]): AccessHook {
  return accessHook(allowed);
}

/** A `preHandler` that lets everybody pass who is signed in; it also declares the route's access. */
export function requireSignIn(): AccessHook {
  return accessHook('signed-in');
}

/**
 * A `preHandler` for sensitive acts: lets only people pass who have given their password or a code within the last ten
 * minutes. Put it after the one that says who may call the route.
 */
export function requireRecentProof(): (request: FastifyRequest) => Promise<void> {
  return async (request) => assertRecentProof(request);
}

/** The same for a handler in which only some requests are sensitive. @throws ProblemError 403 */
export function assertRecentProof({ signedIn }: FastifyRequest): void {
  if (signedIn?.recentlyProven === true) return;
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
 * Makes access a property that no route can lack: one that declares none stops the start.
 * The check itself runs before the body is read, so that a stranger cannot make us parse anything.
 *
 * @param exempt routes of libraries, by the beginning of their path, that everybody may call
 */
export function declareAccess(app: FastifyInstance, { exempt }: { readonly exempt: readonly string[] }): void {
  app.addHook('onRoute', (route) => {
    const access =
      accessOf(route) ?? (exempt.some((prefix) => route.url.startsWith(prefix)) ? ('anyone' as const) : undefined);
    if (access === undefined) {
      throw new TypeError(
        `The route ${String(route.method)} ${route.url} does not say who may call it. ` +
          `Give it a preHandler requireRole(...), or config: { access: 'anyone' }.`,
      );
    }
    route.config = { ...route.config, access };
  });
}

/** Finds out who is asking and turns away who may not; to be called after the identity's own hooks are in place. */
export function enforceAccess(app: FastifyInstance, identity: Identity): void {
  app.decorateRequest('signedIn', undefined);
  app.decorateRequest('actor', {
    getter(this: FastifyRequest) {
      if (this.signedIn === undefined) throw signInFirst();
      return this.signedIn.actor;
    },
  });
  app.addHook('onRequest', async (request) => {
    // A path without a route has no rule either: it gets its 404 without a look at the session.
    const access = request.is404 ? 'anyone' : request.routeOptions.config.access;
    if (access === 'anyone') return;
    request.signedIn = await identity.identify(request);
    if (request.signedIn !== undefined) vouchFor(request);
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
