import { z } from 'zod';
import {
  activityQuery,
  activityView,
  breakerList,
  breakerOrder,
  breakerQuery,
  breakerView,
  dryRun,
  historyQuery,
  historyView,
  overrideOrder,
  overrideView,
  recoveryFigures,
  releaseOrder,
  transitionView,
} from '../contract/breakers.ts';
import { errorView, instant } from '../contract/common.ts';
import type { BreakerAction, BreakerView, OverrideMode } from '../contract.ts';
import { orderBreaker, overrideBreaker, releaseBreaker, type OrderContext } from '../control/breaker-orders.ts';
import { checkPermission } from '../http/guard.ts';
import { Problem } from '../http/problem.ts';
import { route, type Exchange } from '../http/route.ts';
import { byUrgency } from '../views/breaker-view.ts';
import { filtered } from '../views/breaker-filter.ts';
import { errorViews } from '../views/error-views.ts';
import { isoOf } from '../wall-time.ts';

const orderProblems = [
  'idempotency-key-missing',
  'idempotency-key-reused',
  'permission',
  'cross-site',
  'not-found',
  'not-legal',
  'version-changed',
  'invalid-order',
  'too-many-orders',
  'audit-unavailable',
] as const;

export const breakerRoutes = [
  route('GET /breakers', {
    permission: 'state:read',
    summary: 'Breakers, those that need somebody first',
    query: breakerQuery,
    answers: { 200: breakerList },
    problems: ['invalid-order'],
    async handle({ plane, query }) {
      const found = sorted(filtered(plane.breakers(), query), query.sort);
      const start = query.cursor === undefined ? 0 : Number.parseInt(query.cursor, 10) || 0;
      const end = start + query.limit;
      return Response.json({
        breakers: found.slice(start, end),
        total: found.length,
        next_cursor: end < found.length ? String(end) : null,
      });
    },
  }),
  route('GET /activity', {
    permission: 'state:read',
    summary: 'What every breaker’s calls came to lately, minute by minute',
    query: activityQuery,
    answers: { 200: activityView },
    async handle({ plane, query }) {
      return Response.json(plane.history.activity(query.window, plane.time.now()));
    },
  }),
  route('GET /breakers/{id}', {
    permission: 'state:read',
    summary: 'One breaker; its version is the ETag',
    answers: { 200: breakerView, 304: 'Not changed since If-None-Match.' },
    problems: ['not-found'],
    async handle({ plane, params, request }) {
      const breaker = plane.showBreaker(params['id'] ?? '');
      const headers = { etag: `"${breaker.version}"` };
      if (request.headers.get('if-none-match') === headers.etag) return new Response(null, { status: 304, headers });
      return Response.json(breaker, { headers });
    },
  }),
  route('GET /breakers/{id}/history', {
    permission: 'state:read',
    summary: 'What its calls came to, over time',
    query: historyQuery,
    answers: { 200: historyView },
    problems: ['not-found', 'invalid-order'],
    async handle({ plane, params, query }) {
      const { member } = plane.listed(params['id'] ?? '', 'circuit-breaker');
      const now = plane.time.now();
      const to = query.to === undefined ? now : Math.min(Date.parse(query.to), now);
      const from = query.from === undefined ? to - (query.window ?? 900) * 1_000 : Date.parse(query.from);
      if (from >= to) {
        throw new Problem(
          'invalid-order',
          'The query makes no sense',
          'from must be before to, and not in the future.',
          {
            errors: [{ pointer: '/from', code: 'order', message: 'from must be before to, and not in the future.' }],
          },
        );
      }
      return Response.json(plane.history.show(member.id, { from, to, step: query.step }, now));
    },
  }),
  route('GET /breakers/{id}/transitions', {
    permission: 'state:read',
    summary: 'Its changes of state, newest first, 20 at most',
    answers: { 200: z.object({ transitions: z.array(transitionView) }) },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json({ transitions: plane.showBreaker(params['id'] ?? '').transitions });
    },
  }),
  route('GET /breakers/{id}/errors', {
    permission: 'state:read',
    summary: 'Its errors by class and type, with a sample each; no messages',
    answers: { 200: z.object({ errors: z.array(errorView) }) },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const { member } = plane.listed(params['id'] ?? '', 'circuit-breaker');
      return Response.json({ errors: errorViews(plane.measurement.breakers().get(member.id)?.errors, plane.time) });
    },
  }),
  route('GET /breakers/{id}/recoveries', {
    permission: 'state:read',
    summary: 'How long it took to recover, incident by incident; drills are listed and do not count',
    answers: {
      200: z.object({
        figures: recoveryFigures,
        recoveries: z.array(
          z.object({
            incident: z.int(),
            opened_at: instant,
            closed_at: instant,
            recover_ms: z.number(),
            flaps: z.int(),
            drill: z.boolean(),
          }),
        ),
      }),
    },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const { id, recovery } = plane.showBreaker(params['id'] ?? '');
      const recoveries = plane.incidents.recoveryList(id).map(({ incident, openedAt, closedAt, flaps }) => ({
        incident: incident.number,
        opened_at: isoOf(openedAt),
        closed_at: isoOf(closedAt),
        recover_ms: closedAt - openedAt,
        flaps,
        drill: incident.isDrill,
      }));
      return Response.json({ figures: recovery, recoveries });
    },
  }),
  route('GET /breakers/{id}/override', {
    permission: 'state:read',
    summary: 'The order that holds, if one does',
    answers: { 200: z.object({ override: overrideView.nullable() }) },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const { override, version } = plane.showBreaker(params['id'] ?? '');
      return Response.json({ override }, { headers: { etag: `"${version}"` } });
    },
  }),
  route('PUT /breakers/{id}/override', {
    permission: 'breaker:order',
    summary: 'Blocks all calls (isolated), or lets all through (held_closed), for a while; counting goes on',
    body: overrideOrder,
    answers: { 200: breakerView },
    problems: orderProblems,
    ifMatch: 'may',
    async handle(exchange) {
      const { mode, reason, expires_at: expiresAt, break_glass: breakGlass } = exchange.body;
      if (mode === 'held_closed') checkPermission(exchange.user, 'breaker:hold-closed', exchange.plane.roleNames);
      return ordered(exchange, breakGlass, (context, id) =>
        overrideBreaker(context, id, mode satisfies OverrideMode, reason, expiresAt),
      );
    },
  }),
  route('DELETE /breakers/{id}/override', {
    permission: 'breaker:order',
    summary: 'Ends the order that holds; the breaker goes on as it has judged meanwhile',
    body: releaseOrder,
    answers: { 200: breakerView },
    problems: orderProblems,
    ifMatch: 'may',
    async handle(exchange) {
      const { reason = 'released', break_glass: breakGlass } = exchange.body;
      return ordered(exchange, breakGlass, (context, id) => releaseBreaker(context, id, reason));
    },
  }),
  route('POST /breakers/{id}/actions', {
    permission: 'breaker:order',
    summary: 'trip: opens now, tests again by itself. probe: tests now. reset: closes now and forgets what was counted',
    body: breakerOrder,
    answers: { 200: z.union([breakerView, dryRun]) },
    problems: orderProblems,
    ifMatch: 'may',
    async handle(exchange) {
      const { action, reason, dry_run: isDryRun = false, break_glass: breakGlass } = exchange.body;
      if (isDryRun) return Response.json(wouldBe(exchange.plane.showBreaker(exchange.params['id'] ?? ''), action));
      return ordered(exchange, breakGlass, (context, id) => orderBreaker(context, id, action, reason));
    },
  }),
];

/** Once for each key; the version that was seen must still be the one there is. */
function ordered(
  exchange: Exchange,
  breakGlass: boolean | undefined,
  order: (context: OrderContext, id: string) => ReturnType<typeof orderBreaker>,
): Promise<Response> {
  const { plane, request, user, text, params } = exchange;
  const id = params['id'] ?? '';
  // Before the key is looked at: an unknown name is 404, however often it is asked for.
  plane.listed(id, 'circuit-breaker');
  return plane.commands.once(request, user, text, async (key) => {
    const seen = request.headers.get('if-match');
    return order(
      {
        plane,
        request,
        user,
        key,
        breakGlass: breakGlass ?? false,
        version: seen === null ? undefined : seen.replaceAll('"', ''),
      },
      id,
    );
  });
}

const consequences: Readonly<Record<BreakerAction, string>> = {
  trip: 'All its calls are rejected until its next probe.',
  probe: 'The next call is let through as a probe.',
  reset: 'All calls are let through, and its counts are cleared.',
};

function wouldBe(breaker: BreakerView, action: BreakerAction) {
  const after = {
    trip: 'open',
    probe: breaker.circuit === 'open' ? 'half-open' : breaker.circuit,
    reset: 'closed',
  } as const;
  return { dry_run: true, state: breaker.circuit, would_be: after[action], consequence: consequences[action] };
}

function sorted(breakers: BreakerView[], by: 'urgency' | 'name' | 'failures' | 'calls'): BreakerView[] {
  if (by === 'urgency') return breakers.toSorted(byUrgency);
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by]);
}
