import { type Column, EmptyState, PageHeader, Segments, StatusMark, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Expiry } from '../../contract/compliance.ts';
import { api } from '../api.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import { dayText } from '../students/student-text.ts';
import { daysLeftText, kindNames, subjectHref } from './compliance-text.ts';
import './compliance.css';

type Days = '30' | '90' | '365';

/** Licences, contracts and documents of cars that expire soon, have expired, or are not recorded. */
export function CompliancePage(): JSX.Element {
  const [days, setDays] = useState<Days>('90');
  const list = useResource((signal) => api.compliance(Number(days), signal), [days]);
  return (
    <div class="page">
      <PageHeader
        title="Expiring soon"
        description="Licences, contracts and car documents. Students are listed while they have booked lessons."
      />
      <div class="stack list-stack">
        <div class="toolbar">
          <Segments
            label="Days ahead"
            value={days}
            options={[
              { value: '30', label: '30 days' },
              { value: '90', label: '90 days' },
              { value: '365', label: 'A year' },
            ]}
            onChange={setDays}
          />
        </div>
        <RefreshFailure resource={list} title="The list could not be refreshed" />
        <ResourceTable
          class="compliance-table"
          resource={list}
          name="The list"
          hint="It can’t be shown during an outage."
          empty={({ data }) =>
            data.length === 0 && (
              <EmptyState
                icon="check"
                title={days === '365' ? 'Nothing expires within a year' : `Nothing expires within ${days} days`}
              >
                Everything that lessons need is recorded and valid.
              </EmptyState>
            )
          }
        >
          {({ data }) => (
            <Table
              caption="Expiring soon"
              columns={columns}
              rows={data}
              rowKey={({ kind, subject_id }) => `${kind} ${subject_id}`}
              hover
              width={44}
            />
          )}
        </ResourceTable>
      </div>
    </div>
  );
}

const columns: readonly Column<Expiry>[] = [
  {
    key: 'name',
    header: 'Name',
    cell: (expiry) => (
      <a class="row-link" href={subjectHref(expiry)}>
        {expiry.name}
      </a>
    ),
  },
  { key: 'kind', header: 'Document', plain: true, cell: ({ kind }) => kindNames[kind] },
  { key: 'state', header: 'Expires', cell: (expiry) => <ExpiryMark expiry={expiry} /> },
  {
    key: 'lessons',
    header: 'Lessons affected',
    align: 'end',
    fit: true,
    isEmpty: ({ affected_count }) => affected_count === 0,
    cell: ({ affected_count }) =>
      affected_count === 0 ? <span class="muted">none</span> : <strong>{affected_count}</strong>,
  },
];

const marks = {
  missing: { shape: 'dotted', tone: 'danger' },
  expired: { shape: 'hexagon', tone: 'danger' },
  expiring: { shape: 'triangle', tone: 'warning' },
} as const;

function ExpiryMark({ expiry: { state, expires_on, days_left } }: { readonly expiry: Expiry }): JSX.Element {
  const { shape, tone } = marks[state];
  return (
    <span class="expiry">
      <StatusMark shape={shape} tone={tone}>
        {expires_on === null ? 'Not recorded' : dayText(expires_on)}
      </StatusMark>
      {days_left !== null && <span class="muted">{daysLeftText(days_left)}</span>}
    </span>
  );
}
