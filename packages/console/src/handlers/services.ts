import { bulkOrder, bulkView, operationView, serviceList, serviceOrder, serviceView } from '../contract/services.ts';
import { route } from '../http/route.ts';

const orderProblems = [
  'idempotency-key-missing',
  'idempotency-key-reused',
  'permission',
  'cross-site',
  'not-found',
  'invalid-order',
  'too-many-orders',
  'audit-unavailable',
] as const;

export const serviceRoutes = [
  route('GET /services', {
    permission: 'state:read',
    summary: 'Databases, pools and workers, and what can be done to them',
    answers: { 200: serviceList },
    async handle({ plane }) {
      return Response.json({ services: plane.services.views() });
    },
  }),
  route('GET /services/{id}', {
    permission: 'state:read',
    summary: 'One service',
    answers: { 200: serviceView },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json(plane.services.show(plane.services.find(params['id'] ?? '')));
    },
  }),
  route('POST /services/{id}/actions', {
    permission: 'service:order',
    summary: 'Begins an action that the application declares; the operation tells how it goes',
    body: serviceOrder,
    answers: { 202: operationView },
    problems: [...orderProblems, 'operation-running', 'cooling-down'],
    async handle({ plane, request, user, params, body, text, base }) {
      const service = plane.services.find(params['id'] ?? '');
      const { action, reason } = body;
      return plane.commands.once(request, user, text, async (key) => {
        const from = plane.services.show(service).state;
        try {
          plane.operations.check({ service, action });
        } catch (error) {
          const message = error instanceof Error ? error.message : '';
          plane.log({ event: 'console.denied', message, actor: user.id, target: service.id, action, reason, from });
          throw error;
        }
        const conclude = plane.commands.begin(
          request,
          user,
          {
            action: `service.${action}`,
            target: { type: 'service', id: service.id },
            reason,
            params: {},
            before: { state: from },
          },
          body.break_glass,
        );
        const operation = plane.operations.begin({ service, user, from, action, reason });
        plane.whenEnded(operation.id, ({ state, message, id }) => {
          const outcome = state === 'applied' ? 'applied' : 'failed';
          conclude(outcome, { operation: id, message, state: plane.services.show(service).state });
        });
        plane.log({
          event: 'console.action',
          message: `${action} of ${service.name} was ordered`,
          actor: user.id,
          target: service.id,
          action,
          reason,
          from,
        });
        const location = `${base}/api/v1/operations/${operation.id}`;
        const answer = { status: 202, body: operation, headers: { location } };
        plane.commands.keepAnswer(key, answer);
        return answer;
      });
    },
  }),
  route('GET /operations/{id}', {
    permission: 'state:read',
    summary: 'How an action goes, or how it ended',
    answers: { 200: operationView },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json(plane.operations.find(params['id'] ?? ''));
    },
  }),
  route('POST /bulk-operations', {
    permission: 'breaker:order',
    summary: 'One order for several breakers: exactly those that were seen. Without effect with dry_run',
    body: bulkOrder,
    answers: { 200: bulkView, 202: bulkView },
    problems: [...orderProblems, 'operation-running', 'count-changed'],
    async handle({ plane, request, user, body, text, base }) {
      return plane.commands.once(request, user, text, async (key) => {
        const bulk = plane.bulk.begin(request, user, body);
        if (body.dry_run === true) return { status: 200, body: bulk };
        const answer = { status: 202, body: bulk, headers: { location: `${base}/api/v1/bulk-operations/${bulk.id}` } };
        plane.commands.keepAnswer(key, answer);
        return answer;
      });
    },
  }),
  route('GET /bulk-operations/{id}', {
    permission: 'state:read',
    summary: 'How far it is, breaker by breaker',
    answers: { 200: bulkView },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json(plane.bulk.find(params['id'] ?? ''));
    },
  }),
  route('POST /bulk-operations/{id}/stop', {
    permission: 'breaker:order',
    summary: 'Leaves out what has not been done yet; what was done stays done',
    answers: { 200: bulkView },
    problems: ['idempotency-key-missing', 'not-found', 'cross-site'],
    async handle({ plane, request, user, params }) {
      const id = params['id'] ?? '';
      plane.bulk.find(id);
      return plane.commands.once(request, user, '', async () => ({ status: 200, body: plane.bulk.stop(id) }));
    },
  }),
];
