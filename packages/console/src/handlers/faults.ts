import { InvalidSettingsError } from 'dualbrake';
import { faultList, faultOrder, faultStop, faultView } from '../contract/faults.ts';
import { notFound, Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';

const orderProblems = [
  'idempotency-key-missing',
  'idempotency-key-reused',
  'permission',
  'cross-site',
  'not-found',
  'not-legal',
  'invalid-order',
  'too-many-orders',
  'audit-unavailable',
] as const;

export const faultRoutes = [
  route('GET /faults', {
    permission: 'state:read',
    summary: 'Where faults can be injected, and those that are or were',
    answers: { 200: faultList },
    async handle({ plane }) {
      return Response.json(plane.drills.list());
    },
  }),
  route('POST /faults', {
    permission: 'fault:start',
    summary: 'Starts a drill: with an end, and with at least one condition that stops it',
    body: faultOrder,
    answers: { 200: faultView },
    problems: [...orderProblems, 'drills-disabled'],
    async handle({ plane, request, user, body, text }) {
      const { whyNot } = plane.drills;
      if (whyNot !== undefined) throw new Problem('drills-disabled', 'Drills are disabled here', whyNot);
      if (!plane.drills.hasPlace(body.target)) throw notFound('such place for drills');
      return plane.commands.once(request, user, text, async (key) => {
        if (plane.drills.isBusy(body.target)) {
          throw new Problem(
            'not-legal',
            'Already running',
            'A drill is already running on this target. Stop it first.',
          );
        }
        const { reason, ...order } = body;
        return plane.commands.carryOut(
          request,
          user,
          key,
          { action: 'fault.started', target: { type: 'fault', id: body.target }, reason, params: order, before: null },
          {
            kind: 'memory',
            do() {
              const fault = started(() => plane.drills.start(body, user.name));
              plane.tell({
                kind: 'fault',
                target: fault.target,
                target_name: plane.nameOf(fault.target),
                what: `drill ${fault.kind} of ${Math.round(fault.ratio * 100)} % started`,
                why: reason,
                actor: user.name,
                trigger: 'operator',
              });
              return { after: { id: fault.id, ends_at: fault.ends_at }, answer: { status: 200, body: fault } };
            },
          },
        );
      });
    },
  }),
  route('GET /faults/{id}', {
    permission: 'state:read',
    summary: 'One drill',
    answers: { 200: faultView },
    problems: ['not-found'],
    async handle({ plane, params }) {
      const fault = plane.drills.find(params['id'] ?? '');
      if (fault === undefined) throw notFound('such drill');
      return Response.json(fault);
    },
  }),
  route('DELETE /faults/{id}', {
    permission: 'fault:stop',
    summary: 'Stops a drill; it cannot be resumed',
    body: faultStop,
    answers: { 200: faultView },
    problems: orderProblems,
    async handle({ plane, request, user, params, body, text }) {
      const id = params['id'] ?? '';
      const known = plane.drills.find(id);
      if (known === undefined) throw notFound('such drill');
      return plane.commands.once(request, user, text, async (key) => {
        if (known.state !== 'running')
          throw new Problem('not-legal', 'Not possible now', 'The drill has already ended.');
        return plane.commands.carryOut(
          request,
          user,
          key,
          {
            action: 'fault.stopped',
            target: { type: 'fault', id: known.target },
            reason: body.reason,
            params: { id },
            before: { state: known.state },
          },
          {
            kind: 'memory',
            do: () => {
              const stopped = plane.drills.stop(id, user.name) ?? known;
              return { after: { state: stopped.state }, answer: { status: 200, body: stopped } };
            },
          },
          // Ending a drill must always be possible.
          true,
        );
      });
    },
  }),
];

function started<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof InvalidSettingsError)) throw error;
    throw new Problem('invalid-order', 'The drill is invalid', `${error.issues.join('. ')}.`, {
      errors: error.issues.map((message) => ({ pointer: '', code: 'invalid', message })),
    });
  }
}
