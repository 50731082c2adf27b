import { fileURLToPath } from 'node:url';
import { Streams } from './handlers/events.ts';
import type { ConsoleOptions, ConsoleUser } from './options.ts';
import { pageFile } from './page.ts';
import { notFound, Problem, problemResponse } from './problem.ts';
import { routes, type Route } from './routes.ts';
import { ConsoleState } from './state.ts';

/** The console as one function, to be mounted wherever requests come in. */
export interface Console {
  (request: Request): Promise<Response>;
  /** Ends all streams and stops listening to the registry. */
  close(): void;
}

const ownPage = fileURLToPath(new URL('../dist/ui', import.meta.url));

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; object-src 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Makes the console. It answers everything below its base path and knows nothing of what it is mounted in. */
export function createConsole(options: ConsoleOptions): Console {
  const { basePath = '/admin', signInPath = '/sign-in', pageDirectory = ownPage, registry } = options;
  const clock = options.clock ?? registry.clock;
  const state = new ConsoleState(options);
  const streams = new Streams();
  let closed = false;

  const answer = async (request: Request): Promise<Response> => {
    if (closed) {
      throw new Problem(503, 'closed', 'Shutting down', 'The application stops; try again in a moment.', {
        headers: { 'retry-after': '5' },
      });
    }
    const { pathname } = new URL(request.url);
    if (pathname === basePath) return new Response(null, { status: 308, headers: { location: `${basePath}/` } });
    if (!pathname.startsWith(`${basePath}/`)) throw notFound('such page');
    const below = pathname.slice(basePath.length);
    const user = await state.authenticate(request);
    if (below.startsWith('/api/v1/')) return callApi(request, below.slice('/api/v1'.length), user);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed(['GET', 'HEAD']);
    if (user === undefined && (below === '/' || below.endsWith('.html'))) {
      return new Response(null, {
        status: 302,
        headers: { location: `${signInPath}?next=${encodeURIComponent(`${basePath}/`)}` },
      });
    }
    const file = await pageFile(pageDirectory, decoded(below));
    if (file === undefined) throw notFound('such page');
    return file;
  };

  const callApi = async (request: Request, path: string, user: ConsoleUser | undefined): Promise<Response> => {
    if (user === undefined) {
      const detail = 'Your session has ended. Sign in again.';
      if (request.method !== 'GET') logDenied(request, undefined, path, detail);
      throw new Problem(401, 'signed-out', 'Not signed in', detail);
    }
    const fitting = routes.filter((route) => route.path.test(path));
    const route = fitting.find(({ method }) => method === request.method);
    if (route === undefined)
      throw fitting.length > 0 ? notAllowed(fitting.map(({ method }) => method)) : notFound('such address');
    const parameter = decoded(route.path.exec(path)?.[1] ?? '');
    permit(request, route, user, parameter);
    return route.handler({ state, request, user, parameter, base: basePath, streams, clock });
  };

  const permit = (request: Request, { method, permission }: Route, user: ConsoleUser, target: string): void => {
    const denied = (code: string, detail: string): Problem => {
      logDenied(request, user, target, detail);
      return new Problem(403, code, 'Not allowed', detail);
    };
    if (permission === 'operate' && user.permission !== 'operate') {
      throw denied('permission', 'You may look, but not give orders. Ask somebody with the role operator.');
    }
    if (method !== 'GET' && !isSameOrigin(request))
      throw denied('cross-site', 'Orders are taken from the console’s own page only.');
  };

  /** What the order says is not read: nobody has yet earned that. */
  const logDenied = (request: Request, user: ConsoleUser | undefined, target: string, message: string): void =>
    state.log({
      event: 'console.denied',
      message,
      actor: user?.id,
      target,
      action: request.method,
      reason: undefined,
    });

  const console: Console = async (request) => {
    let response: Response;
    try {
      response = await answer(request);
    } catch (error) {
      if (!(error instanceof Problem)) state.failed(error);
      response = problemResponse(error instanceof Problem ? error : internal(), request);
    }
    return secured(response);
  };
  console.close = () => {
    closed = true;
    streams.close('shutting down');
    state.close();
  };
  return console;
}

function internal(): Problem {
  return new Problem(500, 'internal', 'The console failed', 'The console could not answer; the log says why.');
}

/** Both questions, because neither is answered everywhere: browsers leave one or the other out. */
function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (site !== null && site !== 'same-origin' && site !== 'none') return false;
  return origin === null || (URL.canParse(origin) && new URL(origin).host === host);
}

function notAllowed(methods: readonly string[]): Problem {
  return new Problem(405, 'method', 'Method not allowed', `This address takes ${methods.join(' and ')}.`, {
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

function secured(response: Response): Response {
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value);
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}
