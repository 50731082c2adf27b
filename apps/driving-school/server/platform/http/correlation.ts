import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Letters, digits and a few signs: nothing that could break a log line or hide an e-mail address in it. */
const safeId = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** The id that joins all log lines of one request: the caller's, if it is harmless, else a new one. */
export function correlationIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-correlation-id'];
  return typeof given === 'string' && safeId.test(given) ? given : randomUUID();
}
