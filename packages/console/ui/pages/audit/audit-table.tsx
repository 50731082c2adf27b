import { StatusMark, Table } from '@dualbrake/kit';
import type { AuditRecord } from '../../../src/contract.ts';
import { Time } from '../../parts/time.tsx';
import { auditLook, auditWhat, auditWho } from './audit-words.ts';

/** Lines of the audit log, newest first; what stands in them opens. */
export function AuditTable({
  records,
  names,
  roleNames,
}: {
  readonly records: readonly AuditRecord[];
  /** Of people, by id. */
  readonly names: Readonly<Record<string, string>>;
  readonly roleNames: Readonly<Record<string, string>>;
}) {
  return (
    <Table
      caption="Audit log, newest first"
      rows={records}
      rowKey={({ seq }) => String(seq)}
      width={46}
      columns={[
        {
          key: 'what',
          header: 'What',
          cell: (record) => (
            <>
              <span class="row-link">{auditWhat(record)}</span>
              <span class="row-note">
                {record.target.type} {record.target.id}
              </span>
            </>
          ),
        },
        {
          key: 'outcome',
          header: 'Outcome',
          cell: (record) => {
            const { word, shape, tone } = auditLook(record);
            return (
              <StatusMark shape={shape} tone={tone}>
                {word}
              </StatusMark>
            );
          },
        },
        {
          key: 'who',
          header: 'Who',
          cell: (record) => {
            const { type, id, role } = record.actor;
            // The id tells people of one name apart, and is what the export has.
            const isNamed = type === 'system' || type === 'unknown' || names[id] !== undefined;
            return (
              <span title={id}>
                {auditWho(record, names)}
                {role !== null && <span class="row-note">{roleNames[role] ?? role}</span>}
                {!isNamed && <span class="row-note">{id}</span>}
              </span>
            );
          },
        },
        { key: 'why', header: 'Why', cell: ({ reason }) => reason ?? '—', isEmpty: ({ reason }) => reason === null },
        { key: 'when', header: 'When', cell: ({ at }) => <Time instant={at} form="both" /> },
        {
          key: 'more',
          header: 'Entry',
          cell: (record) => (
            <details class="audit-more">
              <summary>
                {record.seq}
                <span class="visually-hidden">: all fields of this entry</span>
              </summary>
              <pre>{JSON.stringify(record, undefined, 2)}</pre>
            </details>
          ),
        },
      ]}
    />
  );
}
