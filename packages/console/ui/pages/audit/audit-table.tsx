import type { AuditPageView, AuditRecord } from '../../../src/contract.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { auditStatus, auditWhat, auditWho } from './audit-words.ts';

interface AuditTableProps {
  readonly records: readonly AuditRecord[];
  /** Names of users by ID. */
  readonly names: AuditPageView['names'];
  readonly roleNames: AuditPageView['role_names'];
}

/** Entries of the audit log, newest first; each opens to show all its fields. */
export function AuditTable({ records, names, roleNames }: AuditTableProps) {
  return (
    <DataTable
      caption="Audit log, newest first"
      rows={records}
      rowKey={({ seq }) => String(seq)}
      width={46}
      columns={(col) => [
        col.of('What', (record) => (
          <>
            <span class="row-link">{auditWhat(record)}</span>
            <span class="row-note">
              {record.target.type} {record.target.id}
            </span>
          </>
        )),
        col.status('Outcome', auditStatus),
        col.of('Who', (record) => {
          const { type, id, role } = record.actor;
          const isNamed = type === 'system' || type === 'unknown' || names[id] !== undefined;
          // The ID tells users of the same name apart and is what the export contains.
          return (
            <span title={id}>
              {auditWho(record, names)}
              {role !== null && <span class="row-note">{roleNames[role] ?? role}</span>}
              {!isNamed && <span class="row-note">{id}</span>}
            </span>
          );
        }),
        col.of('Why', ({ reason }) => reason ?? '—', { isEmpty: ({ reason }) => reason === null }),
        col.time('When', ({ at }) => at, 'both'),
        col.of('Entry', (record) => (
          <details class="audit-more">
            <summary>
              {record.seq}
              <span class="visually-hidden">: all fields of this entry</span>
            </summary>
            <pre>{JSON.stringify(record, undefined, 2)}</pre>
          </details>
        )),
      ]}
    />
  );
}
