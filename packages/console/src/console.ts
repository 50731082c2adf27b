import { fileURLToPath } from 'node:url';
import type { RecoverableService } from 'dualbrake';
import { ControlPlane } from './control/control-plane.ts';
import type { ActionCount, CheckFact } from './control/operations.ts';
import { checkHost, checkOrigin, checkPermission } from './http/guard.ts';
import { pageFile } from './http/page.ts';
import { notFound, Problem } from './http/problem.ts';
import { answerProblem } from './http/problem-page.ts';
import { Router } from './http/route.ts';
import type { ConsoleOptions, ConsoleUser } from './options.ts';
import { PlainPages } from './plain/plain-pages.ts';
import { routes } from './routes.ts';
import { menuOf } from './sign-in/menu.ts';
import { answerSignOut } from './sign-in/sign-out.ts';
import { isSecure, TokenSignIn, type TokenSession } from './sign-in/token-sign-in.ts';
import { Streams } from './stream/streams.ts';

/** Answers requests below the base path. Adapters are in `node.ts` and `fastify.ts`. */
export interface Console {
  (request: Request): Promise<Response>;
  /** Adds a line of the application's log, as pino writes it. Secrets are removed before it is kept. Never throws. */
  log(line: string): void;
  /**
   * Wraps a service for `AutoRecovery` so that automatic recovery and operators' actions on it never overlap. Operators take
   * precedence.
   *
   * @param serviceId ID of one of the console's services
   */
  guard(serviceId: string, service: RecoverableService): RecoverableService;
  /**
   * Whether these cookies hold a session of the operator's token, so that the application doesn't have to identify the person.
   *
   * @param cookies the `Cookie` header
   * @param isHttps whether the browser uses HTTPS
   */
  knows(cookies: string | undefined, isHttps: boolean): boolean;
  /**
   * Authenticates the readers of all open streams again, and ends the streams of those who have lost access. Call it when a
   * person signs out, is disabled or changes role; otherwise their streams end within seconds.
   */
  recheck(): Promise<void>;
  /** Numbers about the console itself, for metrics. */
  figures(): ConsoleFigures;
  /** Ends streams and operations, saves what is pending, and closes the file. */
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
  /** 99th percentile of the last ten seconds; `undefined` until measured. */
  readonly eventLoopDelayMs: number | undefined;
  readonly configRevision: number;
  /** Settings saved by people, reverted when their time was over, and refused because of a conflict. */
  readonly configUpdates: Readonly<Record<'applied' | 'reverted' | 'conflict', number>>;
  readonly incidentsOpen: Readonly<Record<'minor' | 'major', number>>;
  /** By final severity. */
  readonly incidentsEnded: Readonly<Record<'minor' | 'major', number>>;
  readonly actions: readonly ActionCount[];
  /** Last checks of services wrapped by `guard`. */
  readonly checks: readonly CheckFact[];
  /** Log lines that arrived too fast to be kept. */
  readonly logLinesDropped: number;
  readonly services: readonly { readonly service: string; readonly up: boolean }[];
}

/** Found through the package's name: a bundler may have moved this module to another folder. */
const ownPage = fileURLToPath(new URL('dist/ui', import.meta.resolve('@dualbrake/console/package.json')));

/** Only the console's own scripts and styles, no frames, and no requests to other hosts. */
const securityHeaders: Readonly<Record<string, string>> = {
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

/** @returns a function that answers requests */
export function createConsole(options: ConsoleOptions): Console {
  const { basePath = '/admin', signInPath = '/sign-in', pageDirectory = ownPage } = options;
  const plane = new ControlPlane(options);
  const router = new Router(routes);
  const requests = new Map<string, { route: string; code: number; count: number }>();
  const failures = { authentication: 0, audit: 0, conflict: 0 };
  const { tokenSignIn } = options;
  const byToken = tokenSignIn && new TokenSignIn(tokenSignIn, options, plane, basePath);
  const identify = async (request: Request): Promise<ConsoleUser | undefined> =>
    byToken?.session(request.headers.get('cookie'), isSecure(request))?.user ??
    (options.reauthenticate === undefined ? options.authenticate(request) : options.reauthenticate(request));
  const streams = new Streams(identify, plane.clock, plane.time);
  let closed = false;

  const answer = async (
    request: Request,
    session: TokenSession | undefined,
    seen: { route: string },
  ): Promise<Response> => {
    if (closed) {
      throw new Problem('closed', 'Shutting down', 'The application is shutting down. Try again in a moment.', {
        headers: { 'retry-after': '5' },
      });
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
    if (user !== undefined) plane.store.names.remember(user.id, user.name);
    if (below.startsWith('/api/v1/')) return callApi(request, below.slice('/api/v1'.length), user, seen);
    if (below === '/plain' || below.startsWith('/plain/')) {
      seen.route = '/plain';
      if (user === undefined) return signInFirst(`${basePath}/plain`, true);
      checkPermission(user, 'state:read', options.roleNames);
      return plain.answer(request, below.slice('/plain'.length), user);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed(['GET', 'HEAD']);
    if (below === '/metrics' && options.metrics !== undefined) {
      seen.route = '/metrics';
      if (user === undefined) throw signedOut();
      checkPermission(user, 'state:read', options.roleNames);
      return new Response(await options.metrics.metrics(), {
        headers: { 'content-type': options.metrics.contentType },
      });
    }
    seen.route = '/page';
    if (user === undefined && (below === '/' || below.endsWith('.html'))) {
      return signInFirst(`${basePath}/`, false);
    }
    const file = await pageFile(
      pageDirectory,
      decoded(below),
      {
        application: options.application,
        signInPath,
        tokenSignInPath: byToken === undefined ? undefined : `${basePath}/sign-in`,
      },
      request.headers.get('accept-encoding') ?? '',
    );
    if (file === undefined) throw notFound('such page');
    return file;
  };

  /** To the application's sign-in page, or to the console's own while that doesn't work or needs scripts. */
  const signInFirst = (next: string, isPlain: boolean): Response => {
    const own = byToken !== undefined && (isPlain || options.canSignIn?.() === false);
    return redirect(`${own ? `${basePath}/sign-in` : signInPath}?next=${encodeURIComponent(next)}`);
  };

  const callApi = async (
    request: Request,
    path: string,
    user: ConsoleUser | undefined,
    seen: { route: string },
  ): Promise<Response> => {
    const { route, params, methods } = router.find(request.method, path);
    if (route !== undefined) seen.route = `${route.method} ${route.path}`;
    if (user === undefined) {
      failures.authentication += 1;
      if (request.method !== 'GET') logDenied(request, undefined, path, 'Not signed in.');
      throw signedOut();
    }
    if (route === undefined) throw methods.length > 0 ? notAllowed(methods) : notFound('such address');
    if (route.isOrder) {
      try {
        checkOrigin(request, user);
        checkPermission(user, route.permission, options.roleNames);
      } catch (error) {
        logDenied(request, user, path, error instanceof Error ? error.message : '');
        throw error;
      }
      if (plane.isReadOnly) {
        throw new Problem('read-only', 'Read-only', 'This console is read-only: changes are refused.', {
          headers: { allow: 'GET' },
        });
      }
    } else checkPermission(user, route.permission, options.roleNames);
    const menu = menuOf(options, basePath, user);
    return route.handle({ plane, request, user, menu, params, base: basePath, streams, clock: plane.clock });
  };

  const plain = new PlainPages(
    plane,
    `${basePath}/plain`,
    (request, path, user) => callApi(request, path, user, { route: '/plain' }),
    (user) => menuOf(options, basePath, user),
  );

  /** The request's body is not read: the person has no permission. */
  const logDenied = (request: Request, user: ConsoleUser | undefined, path: string, message: string): void => {
    const target = decodedOr(path);
    plane.log({
      event: 'console.denied',
      message,
      actor: user?.id,
      target,
      action: request.method,
      reason: undefined,
    });
    plane.commands.denied(request, user, `${request.method} ${path.split('/')[1] ?? ''}`, target, message);
  };

  const console = (async (request: Request): Promise<Response> => {
    const seen = { route: 'other' };
    const session = byToken?.session(request.headers.get('cookie'), isSecure(request));
    let response: Response;
    try {
      response = await answer(request, session, seen);
    } catch (error) {
      if (!(error instanceof Problem)) plane.failed(error);
      const problem = error instanceof Problem ? error : internal();
      if (problem.code === 'audit-unavailable') failures.audit += 1;
      if (problem.code === 'config-conflict') failures.conflict += 1;
      response = answerProblem(problem, request, options, basePath);
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
  console.guard = (serviceId, service) => plane.guard(serviceId, service);
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

function notAllowed(methods: readonly string[]): Problem {
  return new Problem('method', 'Method not allowed', `This URL accepts ${methods.join(' and ')}.`, {
    headers: { allow: methods.join(', ') },
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notFound('such address');
  }
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function secured(response: Response): Response {
  for (const [name, value] of Object.entries(securityHeaders)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}
