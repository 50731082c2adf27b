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
import { declareAccess, enforceAccess, type Identity, isStranger } from './access.ts';
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
import { comesFromOwnPage, hostAllowList, hostIsAllowed, hostsNamed, originForm } from './request-origin.ts';
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

export interface HttpOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly identity: Identity;
  /** What `/readyz` answers. */
  readonly readiness: () => Readiness;
  /** The application's version, for the API's description. */
  readonly version: string;
  /** The address that we listen on. */
  readonly host: string;
  /** Further names under which browsers may reach us. */
  readonly allowedHosts?: readonly string[];
  /** Addresses or networks of the proxies in front that are believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Where pages about errors lead. */
  readonly links: PageLinks;
  /** Limits on connections where the defaults do not fit, as in tests. */
  readonly connections?: Partial<ConnectionLimits>;
}

/** The largest JSON body. A student's record has less than 10 kB; files have routes and limits of their own. */
const bodyBytesMax = 100_000;
/** No answer is of use after this: browsers and people have given up. */
const requestLimitMs = 10_000;

/** Anybody can cause a refusal: a flood of them must not fill the log's disk. */
const strangerLineLimits = { linesMax: 100, periodMs: 10_000 };

/** Probes ask by address, not by name, and learn nothing but whether we live. */
const forAnyHost = new Set(['/healthz', '/readyz']);

/**
 * The HTTP server before it has routes: who may ask, how errors look, what is logged.
 * Safe by default: a route that does not say who may call it stops the start.
 */
export function createHttp(options: HttpOptions): HttpServer {
  const { log, clock, identity, host, allowedHosts = [], trustedProxies = [], connections = {}, links } = options;

  const guard = new ConnectionGuard({
    clock,
    trustedProxies,
    limits: connections,
    onClosed: (counts) => log.warn({ event: 'connections.closed', ...counts }, 'Connections were closed to make room'),
  });
  const strangerLines = new LineBudget({
    clock,
    ...strangerLineLimits,
    onOver: (count) =>
      log.warn({ event: 'requests.not_logged', count }, `${count} more refused requests of strangers were not logged`),
  });
  const mayLog = (request: FastifyRequest): boolean => !isStranger(request) || strangerLines.take();
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
      // Here and not as Fastify's option, because "localhost" has a second server.
      server.on('clientError', (error: Error & { code?: string }, socket: Socket) => {
        if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
        else guard.dismiss(socket, brokenRequestResponse(error, links));
      });
      return server;
    },
    clientErrorHandler: () => {},
    // No request waits longer than this for a body, so a slow sender cannot hold a stop up either.
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
  app.addHook('onRequest', turnAwayStrangers(hostAllowList(host, allowedHosts)));
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-correlation-id', request.id);
    // Answers of the API are about people: no cache may keep them. Pages say their own.
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < 400 || mayLog(request)) logAnswer(request, reply.statusCode, reply.elapsedTime);
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

  const furnish = async (inner: FastifyInstance): Promise<void> => {
    // First, because what follows may take its time, and that counts.
    await inner.register(recovery, {
      limitMs: requestLimitMs,
      // Anybody may call us: how long we work on a request is not for its header to say.
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
  void app.register(Object.assign(furnish, forTheWholeServer));
  return app;
}

/** Fastify's own mark of a plugin whose hooks hold outside of it too. */
const forTheWholeServer = { [Symbol.for('skip-override')]: true };

/** Forms and plain text are what other sites can make a browser send without asking; JSON is not. */
function acceptJsonOnly(app: HttpServer): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, jsonParser(app));
}

function turnAwayStrangers(allowed: ReadonlySet<string>) {
  return async (request: FastifyRequest): Promise<void> => {
    if (hostsNamed(request.raw) > 1) {
      throw new ProblemError({
        status: 400,
        code: 'two_hosts',
        title: 'More than one Host',
        detail: 'The request has more than one Host header.',
      });
    }
    const route = request.routeOptions.url;
    if (!hostIsAllowed(request.headers.host, allowed) && !(route !== undefined && forAnyHost.has(route))) {
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

/** What operations and events are told of a request. */
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

/** The pattern of the route, never the address: that may hold a name somebody searched for. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

/** Answers that take longer are worth a line, whatever they are. */
const slowMs = 1_000;

function logAnswer(request: FastifyRequest, status: number, elapsedMs: number): void {
  const actor = request.signedIn?.actor;
  const line = {
    event: 'request',
    method: request.method,
    route: routeOf(request),
    status,
    duration_ms: Math.round(elapsedMs * 10) / 10,
    ...(actor === undefined ? {} : { actor_id: actor.userId, role: actor.role }),
    ...strangerMark(request),
  };
  const text = `${request.method} ${routeOf(request)} answered ${status}`;
  // Reads that went well are the bulk and tell nothing: they are there for who asks for them.
  if (readsOnly(request.method) && status < 400 && elapsedMs < slowMs) request.log.debug(line, text);
  else request.log.info(line, text);
}

/** Marks lines that anybody can cause: the console keeps them apart, so that a flood of them hides nothing else. */
function strangerMark(request: FastifyRequest): { readonly stranger?: true } {
  return isStranger(request) ? { stranger: true } : {};
}

function logProblem(request: FastifyRequest, problem: ProblemError, error: unknown): void {
  const line = {
    event: 'problem',
    route: routeOf(request),
    status: problem.status,
    code: problem.code,
    ...strangerMark(request),
  };
  if (problem.status === 500) {
    request.log.error({ ...line, err: error }, 'An unexpected error ended the request');
    return;
  }
  const text = problem.status === 499 ? 'The client left' : `Answered ${problem.status} ${problem.code}`;
  request.log[problem.status === 499 ? 'debug' : 'warn']({ ...line, failure: summarizeError(error) }, text);
}
