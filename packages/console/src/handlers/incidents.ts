import * as schemas from '../contract/incidents.ts';
import { download } from '../http/in-steps.ts';
import { positionOf, route } from '../http/route.ts';
import { incidentReport } from '../incidents/incident-report.ts';

export const incidentRoutes = [
  route('GET /incidents', {
    summary: 'Incidents, newest first',
    query: schemas.incidentQuery,
    answers: { 200: schemas.incidentList },
    handle({ plane: { incidents }, query }) {
      const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : positionOf(query.cursor);
      const found = incidents.list(query.state, before, query.limit + 1);
      const shown = found.slice(0, query.limit);
      return {
        incidents: shown.map((incident) => incidents.show(incident)),
        next_cursor: found.length > query.limit ? String(shown.at(-1)?.number) : null,
      };
    },
  }),
  route('GET /incidents/{number}', {
    summary: 'One incident with its timeline: what failed first, what followed, and what was done about it',
    answers: { 200: schemas.incidentDetail },
    handle: ({ plane: { incidents }, params }) => incidents.detail(incidents.find(params.number)),
  }),
  route('GET /incidents/{number}/export', {
    summary: 'The same as a report: Markdown or JSON',
    query: schemas.exportQuery,
    answers: { 200: 'The report.' },
    handle({ plane: { environment, incidents }, params, query }) {
      const detail = incidents.detail(incidents.find(params.number));
      const name = `incident-${detail.number}`;
      if (query.format === 'json')
        return download(JSON.stringify(detail, undefined, 2), `${name}.json`, 'application/json');
      return download(incidentReport(detail, environment), `${name}.md`, 'text/markdown; charset=utf-8');
    },
  }),
  route('POST /incidents/{number}/acknowledge', {
    permission: 'incident:edit',
    summary: 'Shows the other users that you are working on it',
    body: schemas.acknowledgeBody,
    answers: { 200: schemas.incidentView },
    problems: ['not-legal'],
    handle({ plane: { incidents }, params, body, change }) {
      const incident = incidents.find(params.number);
      return change((request) => incidents.acknowledge(request, incident, body.note));
    },
  }),
  route('POST /incidents/{number}/notes', {
    permission: 'incident:edit',
    summary: 'Adds a note to the timeline',
    body: schemas.noteBody,
    answers: { 200: schemas.incidentView },
    handle({ plane: { incidents }, params, body, change }) {
      const incident = incidents.find(params.number);
      return change((request) => incidents.note(request, incident, body.note));
    },
  }),
  route('POST /incidents/{number}/resolve', {
    permission: 'incident:edit',
    summary: 'Resolves it before it has been stable for a minute; all its breakers must be closed',
    body: schemas.resolveBody,
    answers: { 200: schemas.incidentView },
    problems: ['not-legal'],
    handle({ plane: { incidents }, params, body, change }) {
      const incident = incidents.find(params.number);
      return change((request) => incidents.resolve(request, incident, body.reason));
    },
  }),
];
