import { z } from 'zod';
import * as schemas from '../contract/breakers.ts';
import { errorView, instant } from '../contract/common.ts';
import type { BreakerAction, BreakerView } from '../contract.ts';
import { checkPermission } from '../role-names.ts';
import { invalid } from '../problem.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { answerOf, type Answer } from '../http/idempotency.ts';
import { positionOf, route, versioned } from '../http/route.ts';
import { filtered } from '../views/breaker-filter.ts';
import { byUrgency } from '../views/breaker-view.ts';
import { errorViews } from '../views/error-views.ts';
import { isoOf } from '../wall-time.ts';

export const breakerRoutes = [
  route('GET /breakers', {
    summary: 'Breakers, the most urgent first',
    query: schemas.breakerQuery,
    answers: { 200: schemas.breakerList },
    handle({ plane, query }) {
      const found = sorted(filtered(plane.breakers.all(), query), query.sort);
      const start = positionOf(query.cursor ?? '0');
      const end = start + query.limit;
      return {
        breakers: found.slice(start, end),
        total: found.length,
        next_cursor: end < found.length ? String(end) : null,
      };
    },
  }),
  route('GET /activity', {
    summary: 'Recent calls of every breaker by outcome, for each minute',
    query: schemas.activityQuery,
    answers: { 200: schemas.activityView },
    handle: ({ plane, query }) => plane.history.activity(query.window, plane.time.now()),
  }),
  route('GET /breakers/{id}', {
    summary: 'One breaker; its version is the ETag',
    answers: { 200: schemas.breakerView, 304: 'Not changed since If-None-Match.' },
    handle({ plane, params, request }) {
      const breaker = plane.breakers.show(params.id);
      return versioned(request, breaker.version, breaker);
    },
  }),
  route('GET /breakers/{id}/history', {
    summary: 'Its calls by outcome, over time',
    query: schemas.historyQuery,
    answers: { 200: schemas.historyView },
    handle({ plane, params, query }) {
      const { member } = plane.members.find(params.id, 'circuit-breaker');
      const now = plane.time.now();
      const to = query.to === undefined ? now : Math.min(Date.parse(query.to), now);
      const from = query.from === undefined ? to - (query.window ?? 900) * 1_000 : Date.parse(query.from);
      if (from >= to) {
        throw invalid('The query is invalid', '/from', 'order', 'from must be before to, and not in the future.');
      }
      return plane.history.show(member.id, { from, to, step: query.step }, now);
    },
  }),
  route('GET /breakers/{id}/transitions', {
    summary: 'Its changes of state, newest first, 20 at most',
    answers: { 200: z.object({ transitions: z.array(schemas.transitionView) }) },
    handle: ({ plane, params }) => ({ transitions: plane.breakers.show(params.id).transitions }),
  }),
  route('GET /breakers/{id}/errors', {
    summary: 'Its errors by class and type, with a sample each; no messages',
    answers: { 200: z.object({ errors: z.array(errorView) }) },
    handle({ plane, params }) {
      const { member } = plane.members.find(params.id, 'circuit-breaker');
      return { errors: errorViews(plane.measurement.breakers().get(member.id)?.errors, plane.time) };
    },
  }),
  route('GET /breakers/{id}/recoveries', {
    summary: 'Its recovery times by incident; drills are listed but not counted',
    answers: {
      200: z.object({
        figures: schemas.recoveryFigures,
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
    handle({ plane, params }) {
      const { id, recovery } = plane.breakers.show(params.id);
      const recoveries = plane.incidents.recoveryList(id);
      return {
        figures: recovery,
        recoveries: recoveries.map(({ incident, openedAt, closedAt, flaps }) => ({
          incident: incident.number,
          opened_at: isoOf(openedAt),
          closed_at: isoOf(closedAt),
          recover_ms: closedAt - openedAt,
          flaps,
          drill: incident.isDrill,
        })),
      };
    },
  }),
  route('GET /breakers/{id}/override', {
    summary: 'Its override, or null',
    answers: { 200: z.object({ override: schemas.overrideView.nullable() }) },
    handle({ plane, params }) {
      const { override, version } = plane.breakers.show(params.id);
      return Response.json({ override }, { headers: { etag: `"${version}"` } });
    },
  }),
  route('PUT /breakers/{id}/override', {
    permission: 'breaker:order',
    summary: 'Isolates the breaker (blocks all calls) or holds it closed (lets all through) for a limited time',
    body: schemas.overrideBody,
    answers: { 200: schemas.breakerView },
    problems: ['not-legal'],
    ifMatch: 'optional',
    handle({ plane, user, params, body: { mode, reason, expires_at: expiresAt }, change }) {
      if (mode === 'held_closed') checkPermission(user, 'breaker:hold-closed', plane.roleNames);
      const { id } = known(plane, params);
      return change((request) => plane.breakerActions.override(request, id, mode, reason, expiresAt), withVersion);
    },
  }),
  route('DELETE /breakers/{id}/override', {
    permission: 'breaker:order',
    summary: 'Ends the override; the breaker continues in its automatic state',
    body: schemas.releaseBody,
    answers: { 200: schemas.breakerView },
    problems: ['not-legal'],
    ifMatch: 'optional',
    handle({ plane, params, body: { reason = 'released' }, change }) {
      const { id } = known(plane, params);
      return change((request) => plane.breakerActions.release(request, id, reason), withVersion);
    },
  }),
  route('POST /breakers/{id}/actions', {
    permission: 'breaker:order',
    summary: 'trip: opens now, and probes automatically. probe: probes now. reset: closes now and clears the counts',
    body: schemas.breakerBody,
    answers: { 200: z.union([schemas.breakerView, schemas.dryRun]) },
    problems: ['not-legal'],
    ifMatch: 'optional',
    handle({ plane, params, body: { action, reason, dry_run: isDryRun = false }, change }) {
      if (isDryRun) return wouldBe(plane.breakers.show(params.id), action);
      const { id } = known(plane, params);
      return change((request) => plane.breakerActions.act(request, id, action, reason), withVersion);
    },
  }),
];

/** Before the Idempotency-Key is used: an unknown ID is always 404. */
function known(plane: ControlPlane, { id }: { readonly id: string }): { readonly id: string } {
  return plane.members.find(id, 'circuit-breaker').member;
}

function withVersion(breaker: BreakerView): Answer {
  return answerOf(200, breaker, { etag: `"${breaker.version}"` });
}

const consequences: Readonly<Record<BreakerAction, string>> = {
  trip: 'All its calls are rejected until its next probe.',
  probe: 'The next call is let through as a probe.',
  reset: 'All calls are let through, and its counts are cleared.',
};

function wouldBe({ circuit }: BreakerView, action: BreakerAction): z.output<typeof schemas.dryRun> {
  const after = { trip: 'open', probe: circuit === 'open' ? 'half-open' : circuit, reset: 'closed' } as const;
  return { dry_run: true, state: circuit, would_be: after[action], consequence: consequences[action] };
}

function sorted(breakers: BreakerView[], by: 'urgency' | 'name' | 'failures' | 'calls'): BreakerView[] {
  if (by === 'urgency') return breakers.toSorted(byUrgency);
  if (by === 'name') return breakers.toSorted((one, other) => one.name.localeCompare(other.name));
  return breakers.toSorted((one, other) => other[by] - one[by]);
}
