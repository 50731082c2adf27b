import type { RetryRecord } from 'dualbrake/measurement';
import {
  errorClasses,
  errorList,
  errorQuery,
  funnelQuery,
  funnelView,
  retryDetail,
  retryList,
} from '../contract/retries.ts';
import type { FunnelView } from '../contract.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { route } from '../http/route.ts';
import { errorViews } from '../views/error-views.ts';
import { listMembers, ofKind } from '../views/listed.ts';
import { durationsOf, retryView } from '../views/retry-view.ts';

export const retryRoutes = [
  route('GET /retries', {
    permission: 'state:read',
    summary: 'All retries',
    answers: { 200: retryList },
    async handle({ plane }) {
      return Response.json({ retries: ofKind(listMembers(plane.registry), 'retry').map(retryView) });
    },
  }),
  route('GET /retries/{policy}', {
    permission: 'state:read',
    summary: 'One retry with its funnel, delays, durations and errors',
    answers: { 200: retryDetail },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const listed = plane.listed(params['policy'] ?? '', 'retry');
      const record = plane.measurement.retries().get(listed.member.id);
      return Response.json({
        ...retryView(listed),
        funnel: funnelOf(plane, listed.member.id, record, undefined),
        delays: durationsOf(record?.delayMs),
        attempt_durations: durationsOf(record?.attemptMs),
        operation_durations: durationsOf(record?.operationMs),
        errors_by_type: errorViews(record?.errors, plane.time),
      });
    },
  }),
  route('GET /retries/{policy}/funnel', {
    permission: 'state:read',
    summary: 'What became of all operations, attempt by attempt; it always balances',
    query: funnelQuery,
    answers: { 200: funnelView },
    problems: ['not-found', 'invalid-order'],
    async handle({ plane, params, query }) {
      const { member } = plane.listed(params['policy'] ?? '', 'retry');
      const record = plane.measurement.retries().get(member.id);
      const windowMs = query.window === undefined ? undefined : query.window * 1_000;
      return Response.json(funnelOf(plane, member.id, record, windowMs));
    },
  }),
  route('GET /errors', {
    permission: 'state:read',
    summary: 'Errors by source, class and type',
    query: errorQuery,
    answers: { 200: errorList },
    async handle({ plane, query }) {
      const of = (
        kind: 'breaker' | 'retry',
        records: ReadonlyMap<string, { errors: Parameters<typeof errorViews>[0] }>,
      ) =>
        [...records].flatMap(([source, { errors }]) =>
          errorViews(errors, plane.time).map((error) => ({ source, kind, ...error })),
        );
      const all = [...of('breaker', plane.measurement.breakers()), ...of('retry', plane.measurement.retries())];
      const errors = all.filter(
        (error) =>
          (query.class === undefined || error.class === query.class) &&
          (query.type === undefined || error.type === query.type) &&
          (query.source === undefined || error.source === query.source),
      );
      return Response.json({ errors: errors.toSorted((one, other) => other.count - one.count) });
    },
  }),
  route('GET /errors/classes', {
    permission: 'state:read',
    summary: 'The five classes of errors, what each means, and how often breakers saw it',
    answers: { 200: errorClasses },
    async handle({ plane }) {
      const counts = new Map<string, number>();
      for (const { errors } of plane.measurement.breakers().values()) {
        for (const { class: name, count } of errors.list()) counts.set(name, (counts.get(name) ?? 0) + count);
      }
      const classes = Object.entries(meanings).map(([name, meaning]) => ({
        class: name,
        meaning,
        count: counts.get(name) ?? 0,
      }));
      return Response.json({ classes });
    },
  }),
];

const meanings = {
  transient: 'Failed in a way that may pass: tried again, and counted by the breaker.',
  persistent: 'The dependency answered no: not tried again, and a sign of health to the breaker.',
  system: 'A resource underneath is unwell: the breaker opens, and a health check closes it again.',
  cancelled: 'The caller left: says nothing about the dependency.',
  refused: 'One of our own policies did not make the call: the dependency was not asked.',
} as const;

function funnelOf(
  plane: ControlPlane,
  id: string,
  record: RetryRecord | undefined,
  windowMs: number | undefined,
): FunnelView | undefined {
  return record && plane.funnels.show(id, record, windowMs, plane.time.now());
}
