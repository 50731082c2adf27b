import { bulkBody, bulkView, operationView, serviceList, serviceBody, serviceView } from '../contract/services.ts';
import { answerOf } from '../http/idempotency.ts';
import { route } from '../http/route.ts';

export const serviceRoutes = [
  route('GET /services', {
    summary: 'Databases, pools and workers, and the actions on them',
    answers: { 200: serviceList },
    handle: ({ plane }) => ({ services: plane.services.views() }),
  }),
  route('GET /services/{id}', {
    summary: 'One service',
    answers: { 200: serviceView },
    handle: ({ plane, params }) => plane.services.show(plane.services.find(params.id)),
  }),
  route('POST /services/{id}/actions', {
    permission: 'service:order',
    summary: 'Begins an action; the operation in the response reports its progress',
    body: serviceBody,
    answers: { 202: operationView },
    problems: ['operation-running', 'cooling-down'],
    handle({ plane: { operations, services }, params, body: { action, reason }, base, change }) {
      const service = services.find(params.id);
      return change(
        (request) => operations.begin(request, service, action, reason),
        (operation) => answerOf(202, operation, { location: `${base}/api/v1/operations/${operation.id}` }),
      );
    },
  }),
  route('GET /operations/{id}', {
    summary: 'Progress or outcome of an action',
    answers: { 200: operationView },
    handle: ({ plane, params }) => plane.operations.find(params.id),
  }),
  route('POST /bulk-operations', {
    permission: 'breaker:order',
    summary: 'One action on several breakers, by ID and version or by filter. With dry_run, only a plan',
    body: bulkBody,
    answers: { 200: bulkView, 202: bulkView },
    problems: ['not-found', 'operation-running', 'count-changed'],
    handle: ({ plane: { audited, bulk }, body, base, change }) =>
      change(
        (request) => {
          const begun = bulk.begin(request, body);
          if (!begun.dry_run) audited.remember(request, begun);
          return begun;
        },
        (begun) =>
          begun.dry_run
            ? answerOf(200, begun)
            : answerOf(202, begun, { location: `${base}/api/v1/bulk-operations/${begun.id}` }),
      ),
  }),
  route('GET /bulk-operations/{id}', {
    summary: 'Progress, breaker by breaker',
    answers: { 200: bulkView },
    handle: ({ plane, params }) => plane.bulk.find(params.id),
  }),
  route('POST /bulk-operations/{id}/stop', {
    permission: 'breaker:order',
    summary: 'Skips the breakers that are still waiting',
    answers: { 200: bulkView },
    handle({ plane: { bulk }, params, change }) {
      const { id } = bulk.find(params.id);
      return change(() => bulk.stop(id));
    },
  }),
];
