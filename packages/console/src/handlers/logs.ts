import type { z } from 'zod';
import { logPage, logQuery } from '../contract/logs.ts';
import type { LogLine, LogPage } from '../contract.ts';
import { Problem } from '../problem.ts';
import { download, streamInSteps } from '../http/in-steps.ts';
import { route } from '../http/route.ts';
import type { LogStore } from '../logs/log-store.ts';

export const logRoutes = [
  route('GET /logs', {
    permission: 'logs:read',
    summary: 'Recent log lines by text, level, time, breaker or correlation ID',
    query: logQuery,
    answers: { 200: logPage },
    problems: ['cursor-gone'],
    handle: ({ plane, query }) => search(plane.logs, query),
  }),
  route('GET /logs/export', {
    permission: 'logs:read',
    summary: 'All matching lines, oldest first, as newline-delimited JSON',
    query: logQuery.omit({ limit: true, cursor: true, order: true }),
    answers: { 200: 'One line of JSON for each line of the log.' },
    problems: ['too-many-orders'],
    handle({ plane, query, user }) {
      plane.exportRate.take(user.id, plane.time.now());
      plane.audited.note('logs.exported', { type: 'logs', id: 'logs' }, { by: user.id });
      const lines: LogLine[] = [];
      let cursor: string | undefined;
      do {
        const page = search(plane.logs, { ...query, order: 'oldest', limit: 1_000, cursor });
        lines.push(...page.lines);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return download(streamInSteps(jsonLinesOf(lines)), 'logs.ndjson', 'application/x-ndjson; charset=utf-8');
    },
  }),
];

function* jsonLinesOf(lines: readonly LogLine[]): Generator<string> {
  for (let start = 0; start < lines.length; start += 500) {
    const part = lines.slice(start, start + 500);
    yield part.map((line) => `${JSON.stringify(line)}\n`).join('');
  }
}

function search(
  logs: LogStore,
  query: Omit<z.output<typeof logQuery>, 'cursor'> & { cursor?: string | undefined },
): LogPage {
  const page = logs.search({
    q: query.q,
    level: query.level,
    from: query.from === undefined ? undefined : Date.parse(query.from),
    to: query.to === undefined ? undefined : Date.parse(query.to),
    breaker: query.breaker,
    correlationId: query.correlation_id,
    order: query.order,
    limit: query.limit,
    after: query.cursor === undefined ? undefined : Number.parseInt(query.cursor, 10) || 0,
  });
  if (page !== undefined) return page;
  const message = 'The lines after this cursor are no longer available. Search again without a cursor.';
  throw new Problem('cursor-gone', 'Those lines are gone', message);
}
