import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Only characters that can't break a log line or form an e-mail address. */
const safeId = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** The correlation ID of a request: the client's if it is harmless, else a new one. */
export function correlationIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-correlation-id'];
  return typeof given === 'string' && safeId.test(given) ? given : randomUUID();
}
