import { Badge, Button, type Column, EmptyState, notify, PageHeader, Segments, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { InstructorAdded, InstructorSummary } from '../../contract/instructors.ts';
import { formatPhone } from '../../contract/parsers.ts';
import { api } from '../api.ts';
import { navigate } from '../navigation.ts';
import { LinkDialog } from '../people/link-dialog.tsx';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import { disabledReason } from '../session.ts';
import { AddInstructorDialog } from './add-instructor-dialog.tsx';
import { contractText, LicenceMark, weeklyText } from './instructor-text.tsx';
import { instructorPage } from './pages.ts';
import './instructors.css';

type Filter = 'active' | 'disabled';

/** The instructors of the school. */
export function InstructorListPage(): JSX.Element {
  const [filter, setFilter] = useState<Filter>('active');
  const instructors = useResource((signal) => api.instructorsOf(filter, signal), [filter]);
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState<InstructorAdded | undefined>(undefined);
  const addButton = (
    <Button variant="primary" icon="plus" disabledReason={disabledReason.value} onClick={() => setAdding(true)}>
      Add instructor
    </Button>
  );

  return (
    <div class="page">
      <PageHeader title="Instructors" description={disabledReason.value} actions={addButton} />
      <div class="stack list-stack">
        <div class="toolbar">
          <Segments
            label="Which instructors"
            value={filter}
            options={[
              { value: 'active', label: 'Active' },
              { value: 'disabled', label: 'Disabled' },
            ]}
            onChange={setFilter}
          />
        </div>
        <RefreshFailure resource={instructors} title="The list could not be refreshed" />
        <ResourceTable
          class="instructor-table"
          resource={instructors}
          name="The list of instructors"
          hint="It can’t be shown during an outage."
          empty={({ data }) =>
            data.length === 0 && (
              <EmptyState
                icon="wheel"
                title={filter === 'active' ? 'No instructors yet' : 'No disabled instructors'}
                actions={filter === 'active' ? addButton : undefined}
              >
                {filter === 'active'
                  ? 'Add the first one, with licence and working hours. Then lessons can be booked.'
                  : 'Instructors who were disabled under People are listed here.'}
              </EmptyState>
            )
          }
        >
          {({ data }) => (
            <Table caption="Instructors" columns={columns} rows={data} rowKey={({ id }) => id} hover width={44} />
          )}
        </ResourceTable>
      </div>
      {adding && (
        <AddInstructorDialog
          onClose={() => setAdding(false)}
          onAdded={(answer) => {
            setAdding(false);
            if (answer.link === undefined) open(answer);
            else setAdded(answer);
          }}
        />
      )}
      {added?.link !== undefined && (
        <LinkDialog invited={{ data: added.data, link: added.link }} onClose={() => open(added)} />
      )}
    </div>
  );
}

/** Opens the page of a new instructor. */
function open({ data }: InstructorAdded): void {
  notify(`${data.name} was added. Enter the working hours next.`);
  navigate(instructorPage.href({ instructorId: data.id }));
}

const columns: readonly Column<InstructorSummary>[] = [
  {
    key: 'name',
    header: 'Name',
    cell: (instructor) => (
      <span class="instructor-name">
        <a class="row-link" href={instructorPage.href({ instructorId: instructor.id })}>
          {instructor.name}
        </a>
        {contractText(instructor) !== undefined && <Badge tone="warning">{contractText(instructor)}</Badge>}
        {instructor.email === null && <Badge shape="dotted">Not invited</Badge>}
      </span>
    ),
  },
  { key: 'licence', header: 'Licence', fit: true, cell: (instructor) => <LicenceMark instructor={instructor} /> },
  {
    key: 'hours',
    header: 'Working hours',
    cell: ({ hours_summary, weekly_minutes }) =>
      hours_summary === '' ? (
        <span class="muted">No hours yet</span>
      ) : (
        <span class="instructor-hours">
          {hours_summary} <span class="muted">{weeklyText(weekly_minutes)}</span>
        </span>
      ),
  },
  {
    key: 'phone',
    header: 'Phone',
    fit: true,
    plain: true,
    isEmpty: ({ phone }) => phone === null,
    cell: ({ phone }) => (phone === null ? '' : formatPhone(phone)),
  },
];
