import type { LogStore } from '../logs/log-store.ts';
import { isoOf } from '../wall-time.ts';
import type { NotedLine } from './incident-book.ts';

/** Lines of one incident, at most. */
const LINES_MAX = 20;
/** Lines searched, at most. */
const SEARCHED_MAX = 1_000;
/** Events of breakers and of this console, which the timeline contains anyway. */
const known = /^(recovery|console)\./;

/**
 * Warnings and errors in the log that don't belong to a single call, breaker or action. Each message once.
 *
 * @param from milliseconds since the epoch
 * @returns oldest first
 */
export function noticeableLines(logs: LogStore, from: number, to: number): NotedLine[] {
  const found =
    logs.search({
      level: 'warn',
      from: isoOf(from),
      to: isoOf(to),
      order: 'oldest',
      limit: SEARCHED_MAX,
    })?.lines ?? [];
  const messages = new Set<string>();
  const lines: NotedLine[] = [];
  for (const { at, message, correlation_id: correlationId, breaker, fields } of found) {
    const event = fields['event'];
    const isKnown = typeof event === 'string' && known.test(event);
    if (correlationId !== null || breaker !== null || isKnown || message === '' || messages.has(message)) continue;
    messages.add(message);
    lines.push({ at: Date.parse(at), message });
    if (lines.length === LINES_MAX) break;
  }
  return lines;
}
