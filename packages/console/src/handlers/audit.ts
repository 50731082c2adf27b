import { auditExportQuery, auditPage, auditQuery, auditVerification } from '../contract/audit.ts';
import type { AuditRecord } from '../contract.ts';
import { denied } from '../problem.ts';
import { download, jsonLines, streamInSteps } from '../http/in-steps.ts';
import { positionOf, route } from '../http/route.ts';
import { may } from '../permissions.ts';
import { roleNames } from '../role-names.ts';
import type { AuditLog } from '../store/audit.ts';

export const auditRoutes = [
  route('GET /audit', {
    permission: 'audit:read-own',
    summary: 'The audit log, newest first: your own lines, or all of them',
    query: auditQuery,
    answers: { 200: auditPage },
    problems: ['permission'],
    async handle({ plane, user, query }) {
      const readsAll = may(user, 'audit:read');
      if (!readsAll && query.actor !== undefined && query.actor !== user.id) {
        throw denied('You can see only your own actions in the audit log.');
      }
      const records = await plane.store.audit.list({
        ...query,
        actor: readsAll ? query.actor : user.id,
        before: query.cursor === undefined ? undefined : positionOf(query.cursor),
        limit: query.limit + 1,
      });
      const shown = records.slice(0, query.limit);
      return {
        records: shown,
        names: await plane.names.of(shown.map(({ actor }) => actor.id)),
        role_names: roleNames(plane.roleNames),
        next_cursor: records.length > query.limit ? String(shown.at(-1)?.seq) : null,
      };
    },
  }),
  route('GET /audit/verify', {
    permission: 'audit:read',
    summary: 'Whether every line is unchanged, and none is missing',
    answers: { 200: auditVerification },
    handle: ({ plane }) => plane.store.audit.verifyInSteps(),
  }),
  route('GET /audit/export', {
    permission: 'audit:read',
    summary: 'The whole log, oldest first',
    query: auditExportQuery,
    answers: { 200: 'Newline-delimited JSON, or CSV.' },
    problems: ['too-many-orders'],
    handle({ plane, user, query: { format } }) {
      plane.exportRate.take(user.id, plane.time.now());
      plane.audited.note('audit.exported', { type: 'audit', id: 'audit' }, { by: user.id, format });
      const {
        names,
        store: { audit },
      } = plane;
      const [lines, type] =
        format === 'csv'
          ? [csvOf(audit, (id) => names.get(id) ?? ''), 'text/csv; charset=utf-8']
          : [jsonLines(audit.everything()), 'application/x-ndjson; charset=utf-8'];
      return download(streamInSteps(lines), `audit.${format}`, type);
    },
  }),
];

function* csvOf(audit: AuditLog, nameOf: (id: string) => string): Generator<string> {
  yield 'seq,at,actor,name,role,action,target,phase,outcome,reason,params,hash\r\n';
  for (const records of audit.everything()) yield records.map((record) => csvLine(record, nameOf)).join('');
}

function csvLine(record: AuditRecord, nameOf: (id: string) => string): string {
  const { seq, at, actor, action, target, phase, outcome, reason, params, hash } = record;
  const who = [actor.id, nameOf(actor.id), actor.role ?? ''];
  const what = [action, `${target.type}:${target.id}`, phase, outcome ?? '', reason ?? '', JSON.stringify(params)];
  return `${[String(seq), at, ...who, ...what, hash].map(csvCell).join(',')}\r\n`;
}

/** Spreadsheets must not run user input as a formula. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
