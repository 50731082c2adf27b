import type { CallContext, Clock } from 'dualbrake';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** No answer is of use after this: browsers and people have given up. */
const requestLimitMs = 10_000;

declare module 'fastify' {
  interface FastifyRequest {
    reply: FastifyReply | undefined;
    /** Clock reading after which nobody waits for the answer any more. */
    deadline: number;
  }
}

const signals = new WeakMap<FastifyRequest, AbortSignal>();

/**
 * What the layers below need to know of a request: when to stop and whose it is.
 * The signal aborts when the client leaves before the answer is there, so that nothing goes on working for nobody.
 */
export function callContext(request: FastifyRequest): Pick<CallContext, 'signal' | 'deadline' | 'attributes'> {
  const actor = request.signedIn?.actor;
  return {
    signal: signalOf(request),
    deadline: request.deadline,
    attributes: {
      correlationId: request.id,
      ...(actor === undefined ? {} : { actorId: actor.userId, role: actor.role }),
    },
  };
}

/** Notes when a request came. First of all hooks, because what follows may take its time. */
export function startOfCall(clock: Clock) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    request.reply = reply;
    request.deadline = clock.now() + requestLimitMs;
  };
}

function signalOf(request: FastifyRequest): AbortSignal {
  const known = signals.get(request);
  if (known !== undefined) return known;
  const left = new AbortController();
  signals.set(request, left.signal);
  const response = request.reply?.raw;
  if (response === undefined) return left.signal;
  const stop = (): void => {
    // Also called after a complete answer, when there is nothing left to stop.
    if (!response.writableFinished) left.abort(new DOMException('The client left.', 'AbortError'));
  };
  if (response.destroyed) stop();
  else response.once('close', stop);
  return left.signal;
}
