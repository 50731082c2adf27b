import { z } from 'zod';
import { logLevel } from '../contract/logs.ts';
import { may } from '../http/guard.ts';
import { Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { Stream } from '../stream/stream.ts';

const streamQuery = z.object({
  /** `overview` and `logs`, with a comma between. Changes and heartbeats come in any case. */
  topics: z.string().max(100).default('overview'),
  /** `1`: differences instead of whole snapshots, after the first. */
  deltas: z.enum(['0', '1']).default('0'),
  /** Of the log: this level and above, one breaker, one correlation id. */
  level: logLevel.default('info'),
  breaker: z.string().max(300).optional(),
  correlation_id: z.string().max(200).optional(),
  /** For who cannot send the header `Last-Event-ID`. */
  last_event_id: z.string().max(100).optional(),
});

export const eventRoutes = [
  route('GET /events', {
    permission: 'state:read',
    summary: 'Server-sent events: a snapshot, what changes, and a heartbeat; resumes after Last-Event-ID',
    query: streamQuery,
    answers: { 200: 'text/event-stream' },
    problems: ['not-acceptable', 'too-many-streams', 'invalid-order'],
    async handle({ plane, request, user, streams, clock, query }) {
      const accept = request.headers.get('accept') ?? '*/*';
      if (!/text\/event-stream|text\/\*|\*\/\*/.test(accept)) {
        throw new Problem('not-acceptable', 'Not acceptable', 'This URL serves text/event-stream only.');
      }
      const topics = query.topics.split(',').map((topic) => topic.trim());
      const wishes = {
        overview: topics.includes('overview'),
        deltas: query.deltas === '1',
        logs:
          topics.includes('logs') && may(user, 'logs:read')
            ? { level: query.level, breaker: query.breaker, correlationId: query.correlation_id }
            : undefined,
      };
      streams.admit(user.id);
      const stream: Stream = new Stream(plane, clock, wishes, (reason) => {
        streams.remove(stream);
        if (reason === 'slow') streams.lagged += 1;
      });
      streams.add(stream, user, request);
      const body = stream.begin(request.headers.get('last-event-id') ?? query.last_event_id ?? null);
      if (request.signal.aborted) stream.end('gone');
      request.signal.addEventListener('abort', () => stream.end('gone'), { once: true });
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
