import {
  acknowledgeOrder,
  exportQuery,
  incidentDetail as incidentDetailSchema,
  incidentList,
  incidentQuery,
  incidentView as incidentViewSchema,
  noteOrder,
  resolveOrder,
} from '../contract/incidents.ts';
import type { AnswerParts, OrderKey } from '../control/commands.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { notFound, Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import type { Incident, IncidentNews } from '../incidents/incident-book.ts';
import { incidentReport } from '../incidents/incident-report.ts';
import { incidentDetail } from '../incidents/incident-detail.ts';
import { incidentView } from '../incidents/incident-view.ts';
import type { ConsoleUser } from '../options.ts';

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

export const incidentRoutes = [
  route('GET /incidents', {
    permission: 'state:read',
    summary: 'Incidents, newest first',
    query: incidentQuery,
    answers: { 200: incidentList },
    problems: ['invalid-order'],
    async handle({ plane, query }) {
      const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number.parseInt(query.cursor, 10) || 0;
      const found = plane.incidents.list(query.state, before, query.limit + 1);
      const shown = found.slice(0, query.limit);
      return Response.json({
        incidents: shown.map((incident) => incidentView(incident, (id) => plane.nameOf(id))),
        next_cursor: found.length > query.limit ? String(shown.at(-1)?.number) : null,
      });
    },
  }),
  route('GET /incidents/{number}', {
    permission: 'state:read',
    summary: 'One incident with its timeline: what failed first, what followed, who did what',
    answers: { 200: incidentDetailSchema },
    problems: ['not-found'],
    async handle({ plane, params }) {
      return Response.json(detailOf(plane, incidentOf(plane, params['number'])));
    },
  }),
  route('GET /incidents/{number}/export', {
    permission: 'state:read',
    summary: 'The same as a report: Markdown or JSON',
    query: exportQuery,
    answers: { 200: 'The report.' },
    problems: ['not-found', 'invalid-order'],
    async handle({ plane, params, query }) {
      const incident = incidentOf(plane, params['number']);
      const detail = detailOf(plane, incident);
      const isJson = query.format === 'json';
      const type = isJson ? 'application/json' : 'text/markdown; charset=utf-8';
      return new Response(isJson ? JSON.stringify(detail, undefined, 2) : incidentReport(detail, plane.environment), {
        headers: {
          'content-type': type,
          'content-disposition': `attachment; filename="incident-${incident.number}.${isJson ? 'json' : 'md'}"`,
        },
      });
    },
  }),
  route('POST /incidents/{number}/acknowledge', {
    permission: 'incident:edit',
    summary: 'Somebody looks after it; the name is shown to the others',
    body: acknowledgeOrder,
    answers: { 200: incidentViewSchema },
    problems: orderProblems,
    async handle({ plane, request, user, params, body, text }) {
      const { number } = incidentOf(plane, params['number']);
      return plane.commands.once(request, user, text, async (key) => {
        const incident = incidentOf(plane, String(number));
        if (incident.state !== 'triggered') throw notLegal(incident, 'It has already been acknowledged or resolved.');
        return change(plane, request, user, key, incident, 'acknowledge', body.note, () => {
          const now = plane.time.now();
          const news = plane.incidents.book.acknowledge(number, user.name, now);
          if (news !== undefined && body.note !== undefined)
            plane.incidents.book.note(incident, user.name, body.note, now);
          return news;
        });
      });
    },
  }),
  route('POST /incidents/{number}/notes', {
    permission: 'incident:edit',
    summary: 'Adds a sentence to the timeline',
    body: noteOrder,
    answers: { 200: incidentViewSchema },
    problems: orderProblems,
    async handle({ plane, request, user, params, body, text }) {
      const { number } = incidentOf(plane, params['number']);
      return plane.commands.once(request, user, text, async (key) => {
        const incident = incidentOf(plane, String(number));
        return change(plane, request, user, key, incident, 'note', body.note, () =>
          plane.incidents.book.note(incident, user.name, body.note, plane.time.now()),
        );
      });
    },
  }),
  route('POST /incidents/{number}/resolve', {
    permission: 'incident:edit',
    summary: 'Ends it before it has been stable for a minute; all its breakers must be closed',
    body: resolveOrder,
    answers: { 200: incidentViewSchema },
    problems: orderProblems,
    async handle({ plane, request, user, params, body, text }) {
      const { number } = incidentOf(plane, params['number']);
      return plane.commands.once(request, user, text, async (key) => {
        const incident = incidentOf(plane, String(number));
        const waiting = incident.members.filter(({ closedAt }) => closedAt === null);
        if (incident.state === 'resolved') throw notLegal(incident, 'It is already resolved.');
        if (waiting.length > 0) {
          const names = waiting.map(({ breaker }) => plane.nameOf(breaker)).join(', ');
          throw notLegal(incident, `Calls are still blocked: ${names}.`);
        }
        return change(plane, request, user, key, incident, 'resolve', body.reason, () =>
          plane.incidents.book.resolve(number, user.name),
        );
      });
    },
  }),
];

/** Changed as a copy first: what cannot be kept must not have happened. */
function change(
  plane: ControlPlane,
  request: Request,
  user: ConsoleUser,
  key: OrderKey | undefined,
  incident: Incident,
  action: string,
  reason: string | undefined,
  make: () => IncidentNews | undefined,
): AnswerParts {
  const before = structuredClone(incident);
  let news: IncidentNews | undefined;
  try {
    return plane.commands.carryOut(
      request,
      user,
      key,
      {
        action: `incident.${action}`,
        target: { type: 'incident', id: String(incident.number) },
        reason,
        params: {},
        before: { state: before.state },
      },
      {
        kind: 'kept',
        keep() {
          news = make();
          if (news !== undefined) plane.incidents.keep(news);
          const view = incidentView(incident, (id) => plane.nameOf(id));
          return { after: { state: incident.state }, answer: { status: 200, body: view } };
        },
        apply() {
          plane.incidents.ended(incident);
          plane.tellIncident(news, user.name);
        },
      },
    );
  } catch (error) {
    plane.incidents.undo(incident, before);
    throw error;
  }
}

/** @throws Problem 404 */
function incidentOf(plane: ControlPlane, text: string | undefined): Incident {
  const found = /^\d{1,9}$/.test(text ?? '') ? plane.incidents.find(Number(text)) : undefined;
  if (found === undefined) throw notFound('such incident');
  return found;
}

function detailOf(plane: ControlPlane, incident: Incident) {
  const { store, incidents } = plane;
  const now = plane.time.now();
  incidents.refresh(incident, now);
  return incidentDetail(incident, { store, lines: incidents.linesOf(incident), now, nameOf: (id) => plane.nameOf(id) });
}

function notLegal(incident: Incident, why: string): Problem {
  return new Problem('not-legal', 'Not possible now', why, { more: { state: incident.state } });
}
