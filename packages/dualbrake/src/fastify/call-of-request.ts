import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../call.ts';
import type { Clock } from '../clock.ts';

/** What is known of a request from its beginning on. */
export interface Begun {
  readonly reply: FastifyReply;
  /** Clock reading; `Infinity` without a limit. */
  readonly deadline: number;
  signal: AbortSignal | undefined;
  /** Of the attempt that is running, inside of a guarded handler. */
  attempt: CallContext | undefined;
}

/** When nobody waits for the answer any more: what the client says, at most what we say. */
export function deadlineOf(request: FastifyRequest, header: string | false, limitMs: number, clock: Clock): number {
  const said = header === false ? undefined : request.headers[header.toLowerCase()];
  const askedMs = typeof said === 'string' && /^\d{1,12}$/.test(said) ? Number(said) : Infinity;
  return clock.now() + Math.min(askedMs, limitMs);
}

/** Aborts when the client leaves before the answer is there, so that nothing goes on working for nobody. */
export function signalOf(begun: Begun): AbortSignal {
  begun.signal ??= follow(begun.reply);
  return begun.signal;
}

function follow({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  const stop = (): void => {
    // A complete answer closes the connection, too. What is still on its way to the client is nobody's work any more.
    if (!raw.writableEnded) left.abort(new DOMException('The client left.', 'AbortError'));
  };
  if (raw.destroyed) stop();
  else raw.once('close', stop);
  return left.signal;
}
