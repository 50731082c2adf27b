import { fileURLToPath } from 'node:url';
import type { RecoverableService } from 'dualbrake';
import { createControlPlane } from './control/create-control-plane.ts';
import type { ActionCount, CheckFact } from './control/operations.ts';
import { checkHost, checkOrigin } from './http/guard.ts';
import { Idempotency } from './http/idempotency.ts';
import { pageFile } from './http/page.ts';
import { correlationIdOf } from './http/problem.ts';
import { respondWithProblem } from './http/problem-page.ts';
import { decode, Router } from './http/route.ts';
import type { ConsoleOptions, ConsoleUser } from './options.ts';
import { plainPages } from './plain/plain-pages.ts';
import { methodNotAllowed, notFound, Problem } from './problem.ts';
import { checkPermission } from './role-names.ts';
import { routes } from './routes.ts';
import { menuOf } from './sign-in/menu.ts';
import { answerSignOut } from './sign-in/sign-out.ts';
import { isSecure, TokenSignIn, type TokenSession } from './sign-in/token-sign-in.ts';
import { Streams } from './stream/streams.ts';

/** Responds to requests below the console's base path. Adapters are in `node.ts` and `fastify.ts`. */
export interface Console {
  (request: Request): Promise<Response>;
  /** Adds a line of the application's log, as pino writes it, without secrets. Never throws. */
  log(line: string): void;
  /**
   * Wraps a service for `AutoRecovery`, so that recovery and operators' actions exclude each other. Operators have
   * priority.
   *
   * @param serviceId ID of one of the console's services
   */
  guard(serviceId: string, service: RecoverableService): RecoverableService;
  /**
   * Whether these cookies contain a valid session of the operator's token. The application has no record of these.
   *
   * @param cookies the `Cookie` header
   * @param isHttps whether the request came over HTTPS
   */
  knows(cookies: string | undefined, isHttps: boolean): boolean;
  /**
   * Ends the event streams of users who have lost access. Call it when a user signs out, is disabled or gets another
   * role; without it, that happens within seconds.
   */
  recheck(): Promise<void>;
  /** Numbers for metrics. */
  figures(): ConsoleFigures;
  /** Ends streams and running actions, writes pending records, and closes the file. */
  close(): void;
}

/** Numbers about the console itself. Counters only grow. */
export interface ConsoleFigures {
  /** By route and status. */
  readonly requests: readonly { readonly route: string; readonly code: number; readonly count: number }[];
  readonly streams: number;
  readonly streamsLagged: number;
  readonly authenticationFailures: number;
  readonly auditFailures: number;
  /** 99th percentile of the last ten seconds. Undefined before the first measurement. */
  readonly eventLoopDelayMs: number | undefined;
  readonly configRevision: number;
  /** Revisions saved by users, reverted at the end of a trial, and refused because of a conflict. */
  readonly configUpdates: Readonly<Record<'applied' | 'reverted' | 'conflict', number>>;
  readonly incidentsOpen: Readonly<Record<'minor' | 'major', number>>;
  /** By final severity. */
  readonly incidentsEnded: Readonly<Record<'minor' | 'major', number>>;
  readonly actions: readonly ActionCount[];
  /** Of guarded services that have been checked. */
  readonly checks: readonly CheckFact[];
  /** Log lines that came too fast to be stored. */
  readonly logLinesDropped: number;
  readonly services: readonly { readonly service: string; readonly up: boolean }[];
}

/** Found through the package's name: a bundler may have moved this module to another folder. */
const ownPage = fileURLToPath(new URL('dist/ui', import.meta.resolve('@dualbrake/console/package.json')));

/** Only the console's own scripts and styles, no frames, and no requests to other origins. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** @param options its mount point, contents and users */
export function createConsole(options: ConsoleOptions): Console {
  const { basePath = '/admin', roleNames, signInPath = '/sign-in', pageDirectory = ownPage, tokenSignIn } = options;
  const plane = createControlPlane(options);
  const router = new Router(routes);
  const requests = new Map<string, { route: string; code: number; count: number }>();
  const failures = { authentication: 0, audit: 0, conflict: 0 };
  const byToken = tokenSignIn && new TokenSignIn(tokenSignIn, options, plane, basePath);
  const sessionOf = (request: Request): TokenSession | undefined =>
    byToken?.session(request.headers.get('cookie'), isSecure(request));
  const identify = async (request: Request): Promise<ConsoleUser | undefined> =>
    sessionOf(request)?.user ??
    (options.reauthenticate === undefined ? options.authenticate(request) : options.reauthenticate(request));
  const streams = new Streams(identify, plane);
  const idempotency = new Idempotency(plane);
  let closed = false;

  const respond = async (
    request: Request,
    session: TokenSession | undefined,
    seen: { route: string },
  ): Promise<Response> => {
    if (closed) {
      const message = 'The application is shutting down. Try again in a moment.';
      throw new Problem('closed', 'Shutting down', message, { retryAfterSeconds: 5 });
    }
    checkHost(request, options.allowedHosts);
    const { pathname } = new URL(request.url);
    if (pathname === basePath) return new Response(null, { status: 308, headers: { location: `${basePath}/` } });
    if (!pathname.startsWith(`${basePath}/`)) throw notFound('such page');
    const below = pathname.slice(basePath.length);
    if (below === '/sign-in' && byToken !== undefined) {
      seen.route = '/sign-in';
      if (session !== undefined && request.method === 'GET') return redirect(`${basePath}/`);
      const response = await byToken.answer(request);
      if (response.status === 401) failures.authentication += 1;
      return response;
    }
    if (below === '/sign-out') {
      seen.route = '/sign-out';
      return answerSignOut(request, options, byToken, session, basePath);
    }
    const user = session?.user ?? (await options.authenticate(request));
    // The audit log stores only IDs.
    if (user !== undefined) plane.names.remember(user.id, user.name);
    if (below.startsWith('/api/v1/')) return callApi(request, below.slice('/api/v1'.length), user, seen);
    if (below === '/plain' || below.startsWith('/plain/')) {
      seen.route = '/plain';
      if (user === undefined) return redirectToSignIn(`${basePath}/plain`, true);
      checkPermission(user, 'state:read', roleNames);
      return plain(request, below.slice('/plain'.length), user);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed('GET', 'HEAD');
    if (below === '/metrics' && options.metrics !== undefined) {
      seen.route = '/metrics';
      if (user === undefined) throw signedOut();
      checkPermission(user, 'state:read', roleNames);
      return new Response(await options.metrics.metrics(), {
        headers: { 'content-type': options.metrics.contentType },
      });
    }
    seen.route = '/page';
    if (user === undefined && (below === '/' || below.endsWith('.html'))) {
      return redirectToSignIn(`${basePath}/`, false);
    }
    const path = decode(below);
    if (path === undefined) throw notFound('such address');
    const facts = {
      application: options.application,
      signInPath,
      tokenSignInPath: byToken === undefined ? undefined : `${basePath}/sign-in`,
    };
    const file = await pageFile(pageDirectory, path, facts, request.headers.get('accept-encoding') ?? '');
    if (file === undefined) throw notFound('such page');
    return file;
  };

  /** To the application, or to the console's own page if the application is down or the browser runs no scripts. */
  const redirectToSignIn = (next: string, isPlain: boolean): Response => {
    const own = byToken !== undefined && (isPlain || options.canSignIn?.() === false);
    return redirect(`${own ? `${basePath}/sign-in` : signInPath}?next=${encodeURIComponent(next)}`);
  };

  const callApi = async (
    request: Request,
    path: string,
    user: ConsoleUser | undefined,
    seen: { route: string },
  ): Promise<Response> => {
    const { route, params = {}, methods } = router.find(request.method, path);
    if (route !== undefined) seen.route = `${route.method} ${route.path}`;
    if (user === undefined) {
      failures.authentication += 1;
      if (request.method !== 'GET') logDenied(request, undefined, path, 'Not signed in.');
      throw signedOut();
    }
    if (route === undefined) throw methods.length > 0 ? methodNotAllowed(...methods) : notFound('such address');
    try {
      if (route.isAction) checkOrigin(request, user);
      checkPermission(user, route.permission, roleNames);
    } catch (error) {
      if (route.isAction) logDenied(request, user, path, error instanceof Error ? error.message : '');
      throw error;
    }
    if (route.isAction && plane.isReadOnly) {
      throw new Problem('read-only', 'Read-only', 'This console is read-only: changes are refused.', {
        allow: ['GET'],
      });
    }
    const menu = menuOf(options, basePath, user);
    return route.handle({ plane, request, user, menu, params, base: basePath, streams, idempotency });
  };

  const plain = plainPages(
    plane,
    `${basePath}/plain`,
    (request, path, user) => callApi(request, path, user, { route: '/plain' }),
    (user) => menuOf(options, basePath, user),
  );

  /** Without the body, which is not read before the request is authorized. */
  const logDenied = (request: Request, user: ConsoleUser | undefined, path: string, message: string): void => {
    const target = decode(path) ?? path;
    plane.log({
      event: 'console.denied',
      message,
      actor: user?.id,
      target,
      action: request.method,
      reason: undefined,
    });
    const action = `${request.method} ${path.split('/')[1] ?? ''}`;
    plane.audited.denied({ user, correlationId: correlationIdOf(request) }, action, target, message);
  };

  const console = (async (request: Request): Promise<Response> => {
    const seen = { route: 'other' };
    const session = sessionOf(request);
    let response: Response;
    try {
      response = await respond(request, session, seen);
    } catch (error) {
      const known = error instanceof Problem ? error : undefined;
      if (known === undefined) plane.onError(error);
      if (known?.code === 'audit-unavailable') failures.audit += 1;
      if (known?.code === 'config-conflict') failures.conflict += 1;
      response = respondWithProblem(known ?? internal(), request, options, basePath);
    }
    const name = `${seen.route} ${response.status}`;
    const counted = requests.get(name) ?? { route: seen.route, code: response.status, count: 0 };
    counted.count += 1;
    requests.set(name, counted);
    if (session !== undefined && !response.headers.has('set-cookie')) {
      const renewed = byToken?.renewal(session, isSecure(request));
      if (renewed !== undefined) response.headers.set('set-cookie', renewed);
    }
    return secured(response);
  }) as Console;
  console.log = (line) => plane.logs.write(line);
  console.guard = (serviceId, service) => plane.operations.guard(serviceId, service);
  console.knows = (cookies, isHttps) => byToken?.session(cookies, isHttps) !== undefined;
  console.recheck = () => streams.recheck();
  console.figures = () => {
    const figures = plane.figures();
    return {
      ...figures,
      configUpdates: { ...figures.configUpdates, conflict: failures.conflict },
      requests: [...requests.values()],
      streams: streams.size,
      streamsLagged: streams.lagged,
      authenticationFailures: failures.authentication,
      auditFailures: failures.audit,
    };
  };
  console.close = () => {
    if (closed) return;
    closed = true;
    streams.close('shutting down');
    plane.close();
  };
  return console;
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

function internal(): Problem {
  return new Problem('internal', 'Internal error', 'A bug on our side. The log has the details.');
}

function signedOut(): Problem {
  return new Problem('signed-out', 'Not signed in', 'Your session has ended. Sign in again.');
}

function secured(response: Response): Response {
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}
