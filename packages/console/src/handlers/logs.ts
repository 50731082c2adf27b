import { logPage, logQuery } from '../contract/logs.ts';
import type { LogLine, LogPage } from '../contract.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { streamInSteps } from '../http/in-steps.ts';
import { Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { z } from 'zod';

const exportedQuery = logQuery.omit({ limit: true, cursor: true, order: true });

export const logRoutes = [
  route('GET /logs', {
    permission: 'logs:read',
    summary: 'The last lines of the log: by text, level, time, breaker, or everything about one correlation id',
    query: logQuery,
    answers: { 200: logPage },
    problems: ['invalid-order', 'cursor-gone'],
    async handle({ plane, query }) {
      return Response.json(search(plane, query));
    },
  }),
  route('GET /logs/export', {
    permission: 'logs:read',
    summary: 'What is found, oldest first, as newline-delimited JSON',
    query: exportedQuery,
    answers: { 200: 'One line of JSON for each line of the log.' },
    problems: ['invalid-order', 'too-many-orders'],
    async handle({ plane, query, user }) {
      plane.exports.take(user.id, plane.time.now());
      plane.commands.note('logs.exported', { type: 'logs', id: 'logs' }, { by: user.id });
      const lines: LogLine[] = [];
      let cursor: string | undefined;
      do {
        const page = search(plane, { ...query, order: 'oldest', limit: 1_000, cursor });
        lines.push(...page.lines);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return new Response(streamInSteps(exportOf(lines)), {
        headers: {
          'content-type': 'application/x-ndjson; charset=utf-8',
          'content-disposition': 'attachment; filename="logs.ndjson"',
        },
      });
    },
  }),
];

/** What has been found stays as it was, though the log goes on. */
function* exportOf(lines: readonly LogLine[]): Generator<string> {
  for (let start = 0; start < lines.length; start += 500) {
    yield lines
      .slice(start, start + 500)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
  }
}

/** @throws Problem 410 when lines that should follow are gone */
function search(
  plane: ControlPlane,
  query: Omit<z.output<typeof logQuery>, 'cursor'> & { cursor?: string | undefined },
): LogPage {
  const page = plane.logs.search({
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
  throw new Problem(
    'cursor-gone',
    'Those lines are gone',
    'The lines after this cursor are not kept any more; begin anew.',
  );
}
