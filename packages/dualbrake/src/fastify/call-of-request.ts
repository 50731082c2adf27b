import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../call.ts';
import type { Clock } from '../clock.ts';

/** The state of a request, created when it arrives. */
export interface Begun {
  readonly reply: FastifyReply;
  /** Clock reading in milliseconds; `Infinity` without a limit. */
  readonly deadline: number;
  signal: AbortSignal | undefined;
  /** Context of the current attempt, inside of a guarded handler. */
  attempt: CallContext | undefined;
}

/** The deadline of a request: the client's header, limited to `limitMs`. */
export function deadlineOf(request: FastifyRequest, header: string | false, limitMs: number, clock: Clock): number {
  const said = header === false ? undefined : request.headers[header.toLowerCase()];
  const askedMs = typeof said === 'string' && /^\d{1,12}$/.test(said) ? Number(said) : Infinity;
  return clock.now() + Math.min(askedMs, limitMs);
}

/** Aborts when the client disconnects before the response is complete, so that no work continues for nothing. */
export function signalOf(begun: Begun): AbortSignal {
  begun.signal ??= follow(begun.reply);
  return begun.signal;
}

function follow({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  const stop = (): void => {
    // The connection also closes after a complete response. Once all of it is written, there is nothing left to abort.
    if (!raw.writableEnded) left.abort(new DOMException('The client disconnected.', 'AbortError'));
  };
  if (raw.destroyed) stop();
  else raw.once('close', stop);
  return left.signal;
}
