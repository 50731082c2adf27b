import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod, RouteOptions } from 'fastify';
import { Executor, type CallContext, type Operation } from '../call.ts';
import type { CallOptions } from '../call-options.ts';
import { systemClock, type Clock } from '../clock.ts';
import { callOf, invoke } from '../execution.ts';
import { hostOf } from '../host.ts';
import { mirrorFunction } from '../mirror-function.ts';
import { checkOptions } from '../settings.ts';
import { dropRejection, isThenable } from '../user-function.ts';
import { deadlineOf, signalOf, type Begun } from './call-of-request.ts';
import { problemMediaType, toProblem } from './to-problem.ts';

/**
 * Runs the handler of a route: a pipeline, or a single policy.
 *
 * @example
 * ```ts
 * import fastify from 'fastify';
 *
 * const guard: RouteGuard = pipeline('reports', [bulkhead({ limit: 10 }), timeout({ limitMs: 2_000 })]);
 * const app = fastify();
 * await app.register(recovery);
 * app.get('/reports', { config: { recovery: guard } }, async () => database.query('SELECT * FROM lessons'));
 * ```
 */
export interface RouteGuard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/**
 * Options of the Fastify plugin. All are optional.
 *
 * @example
 * ```ts
 * import fastify from 'fastify';
 *
 * const options: RecoveryPluginOptions = { limitMs: 10_000, deadlineHeader };
 * const app = fastify();
 * await app.register(recovery, options);
 * ```
 */
export interface RecoveryPluginOptions {
  /** Time limit of every request, in milliseconds. Default: no limit. */
  readonly limitMs?: number;
  /**
   * The request header with the milliseconds that the client waits, such as `x-deadline-ms`, which `dualbrake/fetch` sends. It can
   * shorten `limitMs`, not extend it. Use it only if you control all clients: they can then set a limit too short for any request to
   * succeed. Default `false`: no header is read.
   */
  readonly deadlineHeader?: string | false;
  /** Attributes of the request's calls, for operations and events. Default: `{ requestId }`. */
  readonly attributes?: (request: FastifyRequest) => Readonly<Record<string, unknown>>;
  /** Whether to answer errors of dependencies with `application/problem+json`. Other errors are left to Fastify. Default true. */
  readonly problems?: boolean;
  /** The clock for deadlines; must be that of the pipelines. Default: the machine's monotonic clock. */
  readonly clock?: Clock;
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The request as a call context: signal, deadline, key (method and route) and attributes. Inside a guarded handler, the context of
     * the current attempt. Pass it to `execute`.
     */
    readonly recovery: CallContext;
  }
  interface FastifyContextConfig {
    /** Runs the route's handler. The handler should return its response, because it may be called more than once. */
    recovery?: RouteGuard;
  }
}

const begun = new WeakMap<FastifyRequest, Begun>();
const guarded = new WeakSet<RouteHandlerMethod>();

async function plugin(app: FastifyInstance, options: RecoveryPluginOptions): Promise<void> {
  const { attributes = usualAttributes, problems = true, limitMs = Infinity, clock = systemClock } = check(options);
  const header = options.deadlineHeader ?? false;
  const executor = new Executor('request', hostOf({ clock }), invoke, []);
  app.decorateRequest('recovery', {
    getter() {
      return contextOf(this, executor, attributes);
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    const deadline = deadlineOf(request, header, limitMs, clock);
    begun.set(request, { reply, deadline, signal: undefined, attempt: undefined });
  });
  app.addHook('onRoute', guardRoute);
  if (problems) app.setErrorHandler(answerError);
}

/**
 * The Fastify plugin. Register it before the routes. It does three things:
 *
 * - `request.recovery` is a call context with a signal, a deadline and a key for each request.
 * - Routes with `config: { recovery: pipeline }` run their handler in that pipeline.
 * - Refusals, timeouts and failures of dependencies are answered with the matching HTTP status.
 *
 * @throws InvalidSettingsError with every problem at once
 * @example
 * ```ts
 * import fastify from 'fastify';
 *
 * const app = fastify();
 * await app.register(recovery, { limitMs: 10_000 });
 * const students = pipeline('students', [retry(), circuitBreaker()]);
 * app.get('/students', async ({ recovery: context }) =>
 *   students.execute(({ signal }) => database.query('SELECT * FROM students', [], { signal }), context),
 * );
 * ```
 */
export const recovery = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'dualbrake',
  [Symbol.for('plugin-meta')]: { name: 'dualbrake', fastify: '5.x' },
});

const spec = { limitMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 } } as const;

function check(options: RecoveryPluginOptions): RecoveryPluginOptions {
  // Fastify adds its own options, such as `prefix`.
  const { limitMs, deadlineHeader: header, attributes, problems, clock } = options;
  const given = { limitMs, attributes, problems, clock };
  const fits = header === undefined || header === false || (typeof header === 'string' && header !== '');
  checkOptions(
    'recovery plugin',
    given,
    spec,
    { attributes: 'sync function', problems: 'boolean', clock: 'clock' },
    fits ? [] : ['deadlineHeader must be a header name or false'],
  );
  return options;
}

function contextOf(
  request: FastifyRequest,
  executor: Executor,
  attributes: (request: FastifyRequest) => Readonly<Record<string, unknown>>,
): CallContext {
  const known = begun.get(request);
  if (known === undefined) throw new Error('request.recovery is not available before the onRequest hook.');
  if (known.attempt !== undefined) return known.attempt;
  const { method, url } = request.routeOptions;
  const options = {
    signal: signalOf(known),
    deadline: known.deadline,
    // The pattern of the route, not the URL: one key for all students.
    key: `${request.method || String(method)} ${url ?? 'unknown'}`,
    attributes: attributesOf(attributes, request),
  };
  // A call, so that it has a clock and is not checked again wherever it is passed. With own properties, because applications spread
  // it: `{ ...request.recovery, key: 'students.find' }`.
  const call = callOf(executor, nothing, options, undefined, undefined);
  for (const [name, value] of Object.entries(options)) Object.defineProperty(call, name, { value, enumerable: true });
  return call;
}

function nothing(): void {}

/** Falls back to the default attributes if the user's function throws, or returns nothing or a promise. */
function attributesOf(
  attributes: (request: FastifyRequest) => Readonly<Record<string, unknown>>,
  request: FastifyRequest,
): Readonly<Record<string, unknown>> {
  try {
    const found: Readonly<Record<string, unknown>> | undefined = attributes(request);
    if (found !== undefined && !isThenable(found)) return found;
    dropRejection(found);
  } catch {
    // A request must not fail because of log attributes.
  }
  return usualAttributes(request);
}

function usualAttributes(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return { requestId: request.id };
}

/** Wraps a route's handler in its guard. */
function guardRoute(route: RouteOptions): void {
  const guard = route.config?.recovery;
  const { handler } = route;
  // A HEAD route reuses the handler of its GET route, which is already guarded.
  if (guard === undefined || guarded.has(handler)) return;
  const around: RouteHandlerMethod = function guardedHandler(request, reply) {
    const known = begun.get(request);
    return guard
      .execute((context) => {
        // An earlier attempt sent a response and failed afterwards; don't send another one.
        if (reply.sent) return undefined;
        if (known !== undefined) known.attempt = context;
        const answer: unknown = handler.call(this, request, reply);
        // Callback style: the reply is a thenable that resolves when the response was sent.
        return answer === undefined ? reply : answer;
      }, request.recovery)
      .finally(() => {
        if (known !== undefined) known.attempt = undefined;
      });
  };
  guarded.add(around);
  // Other plugins may store data on the handler function.
  route.handler = mirrorFunction(handler, { wrapper: around });
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const found = toProblem(error);
  if (found === undefined) {
    void reply.send(error);
    return;
  }
  const { retryAfterSeconds, ...body } = found;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  // Serialized here, so that no response schema can remove fields.
  void reply.code(found.status).type(problemMediaType).send(JSON.stringify(body));
}
