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

/** What guards a route: a pipeline, or a policy on its own. */
export interface RouteGuard {
  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<unknown>;
}

/** How requests become calls. */
export interface RecoveryPluginOptions {
  /** Milliseconds after which nobody waits for an answer. Default: no limit. */
  readonly limitMs?: number;
  /**
   * The header in which clients say how many milliseconds they wait, such as `x-deadline-ms`, which `dualbrake/fetch`
   * sends: a client may ask for less than `limitMs`, not for more. Only for services whose clients are all your own:
   * whoever may send the header decides how long is worked for him, also when that is too short for anything to
   * succeed. Default `false`: no client is believed.
   */
  readonly deadlineHeader?: string | false;
  /** Passed on to operations and events. Default: `{ requestId }`. */
  readonly attributes?: (request: FastifyRequest) => Readonly<Record<string, unknown>>;
  /** Whether errors of dependencies are answered as `application/problem+json`. Default true; other errors go on. */
  readonly problems?: boolean;
  /** The one that the pipelines have: deadlines are its readings. Default: the machine's monotonic clock. */
  readonly clock?: Clock;
}

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * What the layers below need to know of a request: signal, deadline, key (method and route) and attributes. Inside a
     * guarded handler, those of the attempt that is running. Hand it to `execute`.
     */
    readonly recovery: CallContext;
  }
  interface FastifyContextConfig {
    /** Guards the route's handler, which must answer by returning, and may then be called more than once. */
    recovery?: RouteGuard;
  }
}

const begun = new WeakMap<FastifyRequest, Begun>();
const guarded = new WeakSet<RouteHandlerMethod>();

/**
 * Route-level protection for Fastify: each request becomes a call with a signal, a deadline and a name; routes with
 * `config: { recovery: pipeline }` are guarded by it; refusals, timeouts and failed dependencies are answered as HTTP
 * says it. Register it before the routes.
 *
 * @throws InvalidSettingsError with every problem at once
 */
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

/** Fastify's own marks: the hooks hold for the routes beside this plugin, and what it is called. */
export const recovery = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'dualbrake',
  [Symbol.for('plugin-meta')]: { name: 'dualbrake', fastify: '5.x' },
});

const spec = { limitMs: { min: 1, max: Number.MAX_SAFE_INTEGER, unit: 'ms', default: 30_000 } } as const;

function check(options: RecoveryPluginOptions): RecoveryPluginOptions {
  // Fastify adds options of its own, such as `prefix`.
  const { limitMs, deadlineHeader: header, attributes, problems, clock } = options;
  const given = { limitMs, attributes, problems, clock };
  const fits = header === undefined || header === false || (typeof header === 'string' && header !== '');
  checkOptions(
    'recovery plugin',
    given,
    spec,
    { attributes: 'sync function', problems: 'boolean', clock: 'clock' },
    fits ? [] : ['deadlineHeader must be the name of a header, or false'],
  );
  return options;
}

function contextOf(
  request: FastifyRequest,
  executor: Executor,
  attributes: (request: FastifyRequest) => Readonly<Record<string, unknown>>,
): CallContext {
  const known = begun.get(request);
  if (known === undefined) throw new Error('request.recovery is there from the onRequest hooks on, not before.');
  if (known.attempt !== undefined) return known.attempt;
  const { method, url } = request.routeOptions;
  const options = {
    signal: signalOf(known),
    deadline: known.deadline,
    // The pattern of the route, never the address: one name for all students.
    key: `${request.method || String(method)} ${url ?? 'unknown'}`,
    attributes: attributesOf(attributes, request),
  };
  // A call, so that it knows its clock and is not checked again by everything that it is handed on to; and with members
  // of its own, because applications spread it: `{ ...request.recovery, key: 'students.find' }`.
  const call = callOf(executor, nothing, options, undefined, undefined);
  for (const [name, value] of Object.entries(options)) Object.defineProperty(call, name, { value, enumerable: true });
  return call;
}

function nothing(): void {}

/** The usual ones where a function of the user's own throws, or answers nothing or a promise. */
function attributesOf(
  attributes: (request: FastifyRequest) => Readonly<Record<string, unknown>>,
  request: FastifyRequest,
): Readonly<Record<string, unknown>> {
  try {
    const found: Readonly<Record<string, unknown>> | undefined = attributes(request);
    if (found !== undefined && !isThenable(found)) return found;
    dropRejection(found);
  } catch {
    // A request must not fail because of what would have gone into a log.
  }
  return usualAttributes(request);
}

function usualAttributes(request: FastifyRequest): Readonly<Record<string, unknown>> {
  return { requestId: request.id };
}

/** Puts the guard of a route around its handler. */
function guardRoute(route: RouteOptions): void {
  const guard = route.config?.recovery;
  const { handler } = route;
  // A HEAD route is made from the handler of its GET route, which has a guard already.
  if (guard === undefined || guarded.has(handler)) return;
  const around: RouteHandlerMethod = function guardedHandler(request, reply) {
    const known = begun.get(request);
    return guard
      .execute((context) => {
        // An attempt that has answered and then failed must not answer again.
        if (reply.sent) return undefined;
        if (known !== undefined) known.attempt = context;
        const answer: unknown = handler.call(this, request, reply);
        // Callback style: the reply is a thenable that ends with the answer.
        return answer === undefined ? reply : answer;
      }, request.recovery)
      .finally(() => {
        if (known !== undefined) known.attempt = undefined;
      });
  };
  guarded.add(around);
  // Other plugins may keep what they know of a handler on its function.
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
  // Written here, so that no response schema can cut it.
  void reply.code(found.status).type(problemMediaType).send(JSON.stringify(body));
}
