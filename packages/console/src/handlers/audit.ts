import { auditExportQuery, auditPage, auditQuery, auditVerification } from '../contract/audit.ts';
import type { AuditRecord } from '../contract.ts';
import { may } from '../http/guard.ts';
import { streamInSteps } from '../http/in-steps.ts';
import { Problem } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { roleNames } from '../role-names.ts';
import type { AuditLog } from '../store/audit.ts';

export const auditRoutes = [
  route('GET /audit', {
    permission: 'audit:read-own',
    summary: 'Who ordered what and what came of it, newest first; one’s own lines, or all of them',
    query: auditQuery,
    answers: { 200: auditPage },
    problems: ['invalid-order', 'permission'],
    async handle({ plane, user, query }) {
      const seesAll = may(user, 'audit:read');
      if (!seesAll && query.actor !== undefined && query.actor !== user.id) {
        throw new Problem('permission', 'You don’t have access', 'You can see only your own actions in the audit log.');
      }
      const records = await plane.store.audit.list({
        actor: seesAll ? query.actor : user.id,
        action: query.action,
        target: query.target,
        before: query.cursor === undefined ? undefined : Number.parseInt(query.cursor, 10) || 0,
        limit: query.limit + 1,
      });
      const shown = records.slice(0, query.limit);
      return Response.json({
        records: shown,
        names: await plane.namesOf(shown.map(({ actor }) => actor.id)),
        role_names: roleNames(plane.roleNames),
        next_cursor: records.length > query.limit ? String(shown.at(-1)?.seq) : null,
      });
    },
  }),
  route('GET /audit/verify', {
    permission: 'audit:read',
    summary: 'Whether every line is what was written, and none is missing',
    answers: { 200: auditVerification },
    async handle({ plane }) {
      return Response.json(await plane.store.audit.verifyInSteps());
    },
  }),
  route('GET /audit/export', {
    permission: 'audit:read',
    summary: 'The whole log, oldest first',
    query: auditExportQuery,
    answers: { 200: 'Newline-delimited JSON, or CSV.' },
    problems: ['too-many-orders', 'invalid-order'],
    async handle({ plane, user, query }) {
      plane.exports.take(user.id, plane.time.now());
      plane.commands.note('audit.exported', { type: 'audit', id: 'audit' }, { by: user.id, format: query.format });
      const isCsv = query.format === 'csv';
      const nameOf = (id: string): string => plane.store.names.get(id) ?? '';
      const body = streamInSteps(exportOf(plane.store.audit, isCsv, nameOf));
      return new Response(body, {
        headers: {
          'content-type': isCsv ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
          'content-disposition': `attachment; filename="audit.${isCsv ? 'csv' : 'ndjson'}"`,
        },
      });
    },
  }),
];

const columns = [
  'seq',
  'at',
  'actor',
  'name',
  'role',
  'action',
  'target',
  'phase',
  'outcome',
  'reason',
  'params',
  'hash',
] as const;

function* exportOf(audit: AuditLog, isCsv: boolean, nameOf: (id: string) => string): Generator<string> {
  if (isCsv) yield `${columns.join(',')}\r\n`;
  for (const records of audit.everything()) {
    yield records.map((record) => (isCsv ? csvLine(record, nameOf) : `${JSON.stringify(record)}\n`)).join('');
  }
}

function csvLine(record: AuditRecord, nameOf: (id: string) => string): string {
  const { seq, at, actor, action, target, phase, outcome, reason, params, hash } = record;
  const cells = [
    seq,
    at,
    actor.id,
    nameOf(actor.id),
    actor.role ?? '',
    action,
    `${target.type}:${target.id}`,
    phase,
    outcome ?? '',
    reason ?? '',
    JSON.stringify(params),
    hash,
  ];
  return `${cells.map((cell) => csvCell(String(cell))).join(',')}\r\n`;
}

/** A spreadsheet must not take what somebody wrote for a formula. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
