import { faultList, faultBody, faultStop, faultView } from '../contract/faults.ts';
import { route } from '../http/route.ts';

export const faultRoutes = [
  route('GET /faults', {
    summary: 'Where faults can be injected, and all drills',
    answers: { 200: faultList },
    handle: ({ plane }) => plane.drills.list(),
  }),
  route('POST /faults', {
    permission: 'fault:start',
    summary: 'Starts a drill: with an end, and with at least one condition that stops it',
    body: faultBody,
    answers: { 200: faultView },
    problems: ['not-found', 'not-legal', 'drills-disabled'],
    handle({ plane: { drills }, body, change }) {
      drills.checkTarget(body.target);
      return change((request) => drills.start(request, body));
    },
  }),
  route('GET /faults/{id}', {
    summary: 'One drill',
    answers: { 200: faultView },
    handle: ({ plane, params }) => plane.drills.find(params.id),
  }),
  route('DELETE /faults/{id}', {
    permission: 'fault:stop',
    summary: 'Stops a drill; it cannot be resumed',
    body: faultStop,
    answers: { 200: faultView },
    problems: ['not-legal'],
    handle({ plane: { drills }, params, body, change }) {
      const { id } = drills.find(params.id);
      return change((request) => drills.stop(request, id, body.reason));
    },
  }),
];
