import type { Clock } from 'dualbrake';
import { recovery } from 'dualbrake/fastify';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { summarizeError } from '../logs/describe-error.ts';
import type { Log } from '../logs/log.ts';
import { declareAccess, enforceAccess, type Identity, isAnonymous } from './access.ts';
import { watchMethods } from './allowed-methods.ts';
import { apiDocsPrefix, registerApiDocs } from './api-docs.ts';
import { brokenRequestResponse } from './broken-request.ts';
import { ConnectionGuard, type ConnectionLimits } from './connections.ts';
import { correlationIdOf } from './correlation.ts';
import { sendProblem, type PageLinks } from './problem-response.ts';
import { registerHealth, type Readiness } from './health.ts';
import { jsonParser } from './json-body.ts';
import { LineBudget } from './line-budget.ts';
import { ProblemError, problemOf, readsOnly } from './problems.ts';
import { comesFromOwnPage, hostAllowList, hostIsAllowed, hostHeaderCount, originForm } from './request-origin.ts';
import { registerSecurityHeaders } from './security-headers.ts';
import { warnOfUntrustedProxies } from './untrusted-proxies.ts';

/** Fastify, with zod schemas as route types. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Options of `createHttp`. */
export interface HttpOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly identity: Identity;
  /** The response of `/readyz`. */
  readonly readiness: () => Readiness;
  /** The application's version, for the API description. */
  readonly version: string;
  /** The address to listen on. */
  readonly host: string;
  /** Further host names that browsers may use. */
  readonly allowedHosts?: readonly string[];
  /** Addresses or networks of reverse proxies whose forwarding headers are trusted. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** The links of error pages. */
  readonly links: PageLinks;
  /** Limits on connections that differ from the defaults, as in tests. */
  readonly connections?: Partial<ConnectionLimits>;
}

/** The largest JSON body. A student's record is below 10 kB; files have routes and limits of their own. */
const bodyBytesMax = 100_000;
/** Later responses are useless: browsers and users have given up. */
const requestLimitMs = 10_000;

/** Anyone can cause refusals: a flood of them must not fill the disk with log lines. */
const anonymousLineLimits = { linesMax: 100, periodMs: 10_000 };

/** Health probes use an IP address instead of a host name, and their responses reveal nothing else. */
const anyHostRoutes = new Set(['/healthz', '/readyz']);

/**
 * Creates the HTTP server without routes: access, errors, logging, limits.
 * Safe by default: registering a route without access rules throws.
 */
export function createHttp(options: HttpOptions): HttpServer {
  const { log, clock, identity, host, allowedHosts = [], trustedProxies = [], connections = {}, links } = options;

  const guard = new ConnectionGuard({
    clock,
    trustedProxies,
    limits: connections,
    onClosed: (counts) => log.warn({ event: 'connections.closed', ...counts }, 'Connections were closed to make room'),
  });
  const anonymousLines = new LineBudget({
    clock,
    ...anonymousLineLimits,
    onDropped: (count) =>
      log.warn(
        { event: 'requests.not_logged', count },
        `${count} more refused requests of anonymous clients were not logged`,
      ),
  });
  const mayLog = (request: FastifyRequest): boolean => !isAnonymous(request) || anonymousLines.take();
  const app: HttpServer = fastify<
    RawServerDefault,
    IncomingMessage,
    ServerResponse,
    FastifyBaseLogger,
    ZodTypeProvider
  >({
    loggerInstance: log,
    genReqId: correlationIdOf,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlation_id' }),
    bodyLimit: bodyBytesMax,
    serverFactory: (handler) => {
      const server = guard.serve(handler);
      // Not Fastify's `clientErrorHandler`: "localhost" has a second server.
      server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
        if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
        else guard.dismiss(socket, brokenRequestResponse(error, links));
      });
      return server;
    },
    clientErrorHandler: () => {},
    // Requests have a time limit of their own, so a slow client can't delay the shutdown.
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: true,
    rewriteUrl: originForm,
    frameworkErrors: (error, request, reply) => {
      void sendProblem(request, reply, problemOf(error, { method: request.method }), links);
    },
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  acceptJsonOnly(app);
  app.addHook('onRequest', warnOfUntrustedProxies(log));
  app.addHook('onRequest', refuseUntrustedRequests(hostAllowList(host, allowedHosts)));
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-correlation-id', request.id);
    // Responses of the API contain personal data, so no cache may store them. Pages set their own header.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < 400 || mayLog(request)) logResponse(request, reply.statusCode, reply.elapsedTime);
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, { method: request.method });
    if (problem.status === 500 || (problem.status >= 499 && mayLog(request))) logProblem(request, problem, error);
    return sendProblem(request, reply, problem, links);
  });
  const methodsAt = watchMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(request.url);
    const isWrongMethod = methods.length > 0 && !methods.includes(request.method);
    return sendProblem(request, reply, isWrongMethod ? wrongMethod(methods) : nothingHere(), links);
  });
  declareAccess(app, { exempt: [apiDocsPrefix] });

  const registerPlatform = async (inner: FastifyInstance): Promise<void> => {
    // First, so that the time limit includes the hooks below.
    await inner.register(recovery, {
      limitMs: requestLimitMs,
      // Untrusted clients must not choose the time limit.
      deadlineHeader: false,
      clock,
      attributes: attributesOf,
      problems: false,
    });
    await registerSecurityHeaders(inner);
    await identity.register(inner);
    enforceAccess(inner, identity);
    await registerApiDocs(inner, options.version);
    registerHealth(inner, options.readiness);
  };
  void app.register(Object.assign(registerPlatform, withoutEncapsulation));
  return app;
}

/** Fastify's mark of a plugin whose hooks apply to the whole server. */
const withoutEncapsulation = { [Symbol.for('skip-override')]: true };

/** Other sites can make a browser send forms and plain text without a CORS preflight, but not JSON. */
function acceptJsonOnly(app: HttpServer): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, jsonParser(app));
}

function refuseUntrustedRequests(allowed: ReadonlySet<string>) {
  return async (request: FastifyRequest): Promise<void> => {
    if (hostHeaderCount(request.raw) > 1) {
      throw new ProblemError({
        status: 400,
        code: 'two_hosts',
        title: 'More than one Host',
        detail: 'The request has more than one Host header.',
      });
    }
    const route = request.routeOptions.url;
    if (!hostIsAllowed(request.headers.host, allowed) && !(route !== undefined && anyHostRoutes.has(route))) {
      throw new ProblemError({
        status: 421,
        code: 'wrong_host',
        title: 'Unknown host name',
        detail: 'The application does not accept this host name. Its operator can add it to ALLOWED_HOSTS.',
      });
    }
    if (!comesFromOwnPage(request.method, request.headers)) {
      throw new ProblemError({
        status: 403,
        code: 'cross_site',
        title: 'Cross-site request refused',
        detail: 'The request comes from a page of another site and was not carried out.',
      });
    }
  };
}

/** The attributes of calls and events that belong to a request. */
function attributesOf(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const actor = request.signedIn?.actor;
  return {
    correlationId: request.id,
    ...(actor === undefined ? {} : { actorId: actor.userId, role: actor.role }),
  };
}

function wrongMethod(allowed: readonly string[]): ProblemError {
  return new ProblemError({
    status: 405,
    code: 'method_not_allowed',
    title: 'Method not allowed',
    detail: `This address accepts ${allowed.join(', ')}.`,
    headers: { allow: allowed.join(', ') },
  });
}

function nothingHere(): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'There is nothing at this address.',
  });
}

/** The pattern of the route, never the URL, which may contain a name that someone searched for. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

/** Slower responses are always logged. */
const slowMs = 1_000;

function logResponse(request: FastifyRequest, status: number, elapsedMs: number): void {
  const actor = request.signedIn?.actor;
  const line = {
    event: 'request',
    method: request.method,
    route: routeOf(request),
    status,
    duration_ms: Math.round(elapsedMs * 10) / 10,
    ...(actor === undefined ? {} : { actor_id: actor.userId, role: actor.role }),
    ...anonymousMark(request),
  };
  const text = `${request.method} ${routeOf(request)} answered ${status}`;
  // Successful reads are the bulk of all requests: log level debug shows them.
  if (readsOnly(request.method) && status < 400 && elapsedMs < slowMs) request.log.debug(line, text);
  else request.log.info(line, text);
}

/** Marks lines that anyone can cause. The console stores lines with `stranger` separately, so that a flood displaces no others. */
function anonymousMark(request: FastifyRequest): { readonly stranger?: true } {
  return isAnonymous(request) ? { stranger: true } : {};
}

function logProblem(request: FastifyRequest, problem: ProblemError, error: unknown): void {
  const line = {
    event: 'problem',
    route: routeOf(request),
    status: problem.status,
    code: problem.code,
    ...anonymousMark(request),
  };
  if (problem.status === 500) {
    request.log.error({ ...line, err: error }, 'A request failed with an unexpected error');
    return;
  }
  const text = problem.status === 499 ? 'The client disconnected' : `Answered ${problem.status} ${problem.code}`;
  request.log[problem.status === 499 ? 'debug' : 'warn']({ ...line, failure: summarizeError(error) }, text);
}
