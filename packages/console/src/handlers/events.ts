import { z } from 'zod';
import { logLevel } from '../contract/logs.ts';
import { Problem } from '../problem.ts';
import { route } from '../http/route.ts';
import { may } from '../permissions.ts';

const streamQuery = z.object({
  /** `overview` and `logs`, separated by a comma. Changes and heartbeats are always sent. */
  topics: z.string().max(100).default('overview'),
  /** Of the log: this level and above, one breaker, one correlation ID. */
  level: logLevel.default('info'),
  breaker: z.string().max(300).optional(),
  correlation_id: z.string().max(200).optional(),
  /** For clients that cannot send the header `Last-Event-ID`. */
  last_event_id: z.string().max(100).optional(),
});

export const eventRoutes = [
  route('GET /events', {
    summary: 'Server-sent events: snapshots, changes and a heartbeat; resumes after Last-Event-ID',
    query: streamQuery,
    answers: { 200: 'text/event-stream' },
    problems: ['not-acceptable', 'too-many-streams'],
    handle({ request, user, streams, query }) {
      const accept = request.headers.get('accept') ?? '*/*';
      if (!/text\/event-stream|text\/\*|\*\/\*/.test(accept)) {
        throw new Problem('not-acceptable', 'Not acceptable', 'This URL serves text/event-stream only.');
      }
      const names = query.topics.split(',').map((topic) => topic.trim());
      const { level, breaker, correlation_id: correlationId } = query;
      const logs = names.includes('logs') && may(user, 'logs:read') ? { level, breaker, correlationId } : undefined;
      const lastEventId = request.headers.get('last-event-id') ?? query.last_event_id ?? null;
      const body = streams.open(request, user, { overview: names.includes('overview'), logs }, lastEventId);
      return new Response(body, {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
        },
      });
    },
  }),
];
