import { logPage, logQuery } from '../contract/logs.ts';
import type { LogPage } from '../contract.ts';
import { Problem } from '../problem.ts';
import { download, jsonLines, streamInSteps } from '../http/in-steps.ts';
import { route } from '../http/route.ts';
import type { LogStore } from '../logs/log-store.ts';

/** Exported lines that are serialized at a time. */
const BATCH = 500;

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
      const { lines } = search(plane.logs, { ...query, order: 'oldest' });
      const batches = Array.from({ length: Math.ceil(lines.length / BATCH) }, (_, index) =>
        lines.slice(index * BATCH, (index + 1) * BATCH),
      );
      return download(streamInSteps(jsonLines(batches)), 'logs.ndjson', 'application/x-ndjson; charset=utf-8');
    },
  }),
];

function search(logs: LogStore, query: Parameters<LogStore['search']>[0]): LogPage {
  const page = logs.search(query);
  if (page !== undefined) return page;
  const message = 'The lines after this cursor are no longer available. Search again without a cursor.';
  throw new Problem('cursor-gone', 'Those lines are gone', message);
}
