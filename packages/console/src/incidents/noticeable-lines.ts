import type { LogStore } from '../logs/log-store.ts';
import type { NotedLine } from './incident-book.ts';

/** Lines that an incident keeps, at most. */
const LINES_MAX = 20;
/** Lines looked through, at most. */
const SEARCHED_MAX = 1_000;
/** Events of breakers and of this console: the timeline has them already. */
const told = /^(recovery|console)\./;

/**
 * Warnings and errors of the log that may tell why something failed: those that belong to no single call, breaker or
 * order, each message once.
 *
 * @param from milliseconds since the epoch
 * @returns oldest first
 */
export function noticeableLines(logs: LogStore, from: number, to: number): NotedLine[] {
  const found = logs.search({ level: 'warn', from, to, order: 'oldest', limit: SEARCHED_MAX })?.lines ?? [];
  const messages = new Set<string>();
  const lines: NotedLine[] = [];
  for (const { at, message, correlation_id: correlationId, breaker, fields } of found) {
    const event = fields['event'];
    const isTold = typeof event === 'string' && told.test(event);
    if (correlationId !== null || breaker !== null || isTold || message === '' || messages.has(message)) continue;
    messages.add(message);
    lines.push({ at: Date.parse(at), message });
    if (lines.length === LINES_MAX) break;
  }
  return lines;
}
