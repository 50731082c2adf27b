import { errorList, errorQuery, funnelQuery, funnelView, retryDetail, retryList } from '../contract/retries.ts';
import type { FunnelView } from '../contract.ts';
import type { ControlPlane } from '../control/create-control-plane.ts';
import { route } from '../http/route.ts';
import { errorViews } from '../views/error-views.ts';
import { ofKind } from '../views/listed.ts';
import { durationsOf, retryView } from '../views/retry-view.ts';

export const retryRoutes = [
  route('GET /retries', {
    summary: 'All retries',
    answers: { 200: retryList },
    handle({ plane }) {
      return { retries: ofKind(plane.members.all(), 'retry').map(retryView) };
    },
  }),
  route('GET /retries/{policy}', {
    summary: 'One retry with its funnel, delays, durations and errors',
    answers: { 200: retryDetail },
    handle({ plane, params }) {
      const listed = plane.members.find(params.policy, 'retry');
      const record = plane.measurement.retries().get(listed.member.id);
      return {
        ...retryView(listed),
        funnel: funnelOf(plane, listed.member.id, undefined),
        delays: durationsOf(record?.delayMs),
        attempt_durations: durationsOf(record?.attemptMs),
        operation_durations: durationsOf(record?.operationMs),
        errors_by_type: errorViews(record?.errors, plane.time),
      };
    },
  }),
  route('GET /retries/{policy}/funnel', {
    summary: 'Outcomes of all operations, attempt by attempt; the numbers always add up',
    query: funnelQuery,
    answers: { 200: funnelView },
    handle({ plane, params, query }) {
      const { member } = plane.members.find(params.policy, 'retry');
      return funnelOf(plane, member.id, query.window === undefined ? undefined : query.window * 1_000);
    },
  }),
  route('GET /errors', {
    summary: 'Errors by source, class and type',
    query: errorQuery,
    answers: { 200: errorList },
    handle({ plane: { measurement, time }, query }) {
      const views = (kind: 'breaker' | 'retry', records: ReadonlyMap<string, { errors: CountedErrors }>) =>
        [...records].flatMap(([source, { errors }]) =>
          errorViews(errors, time).map((error) => ({ source, kind, ...error })),
        );
      const all = [...views('breaker', measurement.breakers()), ...views('retry', measurement.retries())];
      const errors = all.filter(
        (error) =>
          (query.class === undefined || error.class === query.class) &&
          (query.type === undefined || error.type === query.type) &&
          (query.source === undefined || error.source === query.source),
      );
      return { errors: errors.toSorted((one, other) => other.count - one.count) };
    },
  }),
];

type CountedErrors = Parameters<typeof errorViews>[0];

function funnelOf(
  { funnels, measurement, time }: ControlPlane,
  id: string,
  windowMs: number | undefined,
): FunnelView | undefined {
  const record = measurement.retries().get(id);
  return record && funnels.show(id, record, windowMs, time.now());
}
