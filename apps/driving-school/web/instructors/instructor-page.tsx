import {
  Badge,
  Banner,
  Button,
  Card,
  DataList,
  EmptyState,
  type Fact,
  LinkButton,
  notify,
  PageHeader,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Field, leafValue, leavesOf } from '../../contract/fields.ts';
import { instructorFields, instructorSections } from '../../contract/instructor-fields.ts';
import type { Instructor, InstructorChanged } from '../../contract/instructors.ts';
import { api } from '../api.ts';
import { type Failure, isOutage } from '../failure.ts';
import { CalendarFeedsCard } from '../feeds/calendar-feeds-card.tsx';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { disabledReason } from '../session.ts';
import { dayText } from '../students/student-text.ts';
import { EditInstructorDialog } from './edit-instructor-dialog.tsx';
import { HoursEditor } from './hours-card.tsx';
import { contractText, LicenceMark, lessonsText } from './instructor-text.tsx';
import { instructorListPage } from './pages.ts';
import { TimeOffCard } from './time-off-card.tsx';
import './instructors.css';

const back = { href: instructorListPage.href(), label: instructorListPage.title };

/** An instructor: details, working hours and time off. */
export function InstructorPage({ instructorId }: { readonly instructorId: string }): JSX.Element {
  const record = useResource((signal) => api.instructor(instructorId, signal), [instructorId]);
  const hours = useResource((signal) => api.instructorHours(instructorId, signal), [instructorId]);
  const [editing, setEditing] = useState(false);
  const title = record.value?.data.name ?? 'Instructor';
  usePageTitle(title);

  const saved = (changed: InstructorChanged | undefined): void => {
    setEditing(false);
    if (changed === undefined) {
      notify('Nothing was changed.', { tone: 'info' });
      return;
    }
    record.set(changed);
    const broken = changed.affected_lessons.length;
    if (broken === 0) notify(`${changed.data.name} was saved.`);
    else {
      notify(`${changed.data.name} was saved. ${lessonsText(broken)} must be moved or cancelled.`, { tone: 'warning' });
    }
  };

  return (
    <div class="page">
      {record.value === undefined && <PageHeader title={title} back={back} />}
      <ResourceView
        resource={record}
        name="This instructor"
        skeleton={<SkeletonCard lines={4} />}
        failed={(failure) => <NoInstructor failure={failure} onRetry={() => void record.load()} />}
      >
        {({ data: instructor }) => (
          <>
            <PageHeader
              back={back}
              title={instructor.name}
              description={disabledReason.value}
              beside={<InstructorBadges instructor={instructor} />}
              actions={
                <Button
                  variant="primary"
                  icon="edit"
                  disabledReason={disabledReason.value}
                  onClick={() => setEditing(true)}
                >
                  Edit
                </Button>
              }
            />
            <RefreshFailure resource={record} title="The record could not be refreshed" />
            <InstructorWarnings instructor={instructor} />
            <div class="instructor-columns">
              <div class="stack">
                <ResourceView resource={hours} name="The working hours" skeleton={<SkeletonCard lines={7} />}>
                  {(answer) => (
                    <HoursEditor
                      instructorId={instructorId}
                      answer={answer}
                      onSaved={(changed) => {
                        hours.set(changed);
                        void record.load();
                      }}
                    />
                  )}
                </ResourceView>
              </div>
              <div class="stack">
                <TimeOffCard instructorId={instructorId} name={instructor.name} />
                <CalendarFeedsCard instructorId={instructorId} />
                <InstructorFacts instructor={instructor} />
              </div>
            </div>
            {editing && (
              <EditInstructorDialog
                instructor={instructor}
                onClose={() => setEditing(false)}
                onSaved={saved}
                onOutdated={() => void record.load()}
              />
            )}
          </>
        )}
      </ResourceView>
    </div>
  );
}

/** Licence, contract and access, as marks beside the name. */
export function InstructorBadges({ instructor }: { readonly instructor: Instructor }): JSX.Element {
  const contract = contractText(instructor);
  return (
    <>
      <LicenceMark named instructor={instructor} />
      {contract !== undefined && <Badge tone="warning">{contract}</Badge>}
      {instructor.status === 'disabled' && <Badge shape="ring">Disabled</Badge>}
      {instructor.email === null && <Badge shape="dotted">Not invited</Badge>}
    </>
  );
}

function InstructorWarnings({ instructor }: { readonly instructor: Instructor }): JSX.Element | null {
  if (instructor.status === 'disabled') {
    return (
      <Banner tone="neutral" title="This instructor is disabled">
        <p>No lesson can be booked. An owner can enable the account under People.</p>
      </Banner>
    );
  }
  if (instructor.licence_state === 'missing' || instructor.licence_state === 'expired') {
    return (
      <Banner tone="danger" title="No lesson can be booked with this instructor">
        <p>
          {instructor.licence_state === 'missing'
            ? 'Record the day on which the instructor’s licence expires.'
            : 'The instructor’s licence has expired. Record the new date when it is renewed.'}
        </p>
      </Banner>
    );
  }
  return null;
}

/** The recorded facts, a card for each section. */
export function InstructorFacts({ instructor }: { readonly instructor: Instructor }): JSX.Element {
  return (
    <>
      {Object.entries(instructorSections).map(([section, { title }]) => (
        <Card key={section} title={title} flush>
          <DataList facts={factsOf(section, instructor)} />
        </Card>
      ))}
      {instructor.notes !== null && (
        <Card title={instructorFields.notes.label}>
          <p class="instructor-notes">{instructor.notes}</p>
        </Card>
      )}
    </>
  );
}

function factsOf(section: string, instructor: Instructor): Fact[] {
  const facts = leavesOf(instructorFields)
    .filter(({ field }) => field.section === section && field.fact !== false)
    .map((leaf): Fact => {
      const value = leafValue(instructor, leaf);
      const name = typeof leaf.field.fact === 'string' ? leaf.field.fact : leaf.field.label;
      if (value === null) return { name, value };
      const text = shown(leaf.field, value);
      return { name, value: leaf.field === instructorFields.phone ? <a href={`tel:${value}`}>{text}</a> : text };
    });
  const { email } = instructor;
  const mail = email === null ? null : <a href={`mailto:${email}`}>{email}</a>;
  return section === 'person' ? [...facts, { name: 'E-mail', value: mail }] : facts;
}

function shown(field: Field, value: string): string {
  if (field.kind === 'day') return dayText(value);
  if (field.kind === 'choice') return field.options[value] ?? value;
  return field.kind === 'text' ? (field.format?.(value, {}) ?? value) : value;
}

/** Explains why an instructor can't be shown. */
function NoInstructor({ failure, onRetry }: { readonly failure: Failure; readonly onRetry: () => void }): JSX.Element {
  return (
    <div class="table-frame">
      {isOutage(failure) ? (
        <EmptyState
          icon="clock"
          title="This instructor can’t be shown right now"
          actions={<Button onClick={onRetry}>Try again</Button>}
        >
          {failure.detail}
        </EmptyState>
      ) : (
        <EmptyState
          icon="wheel"
          title="There is no such instructor"
          actions={<LinkButton href={back.href}>Go to instructors</LinkButton>}
        >
          This address doesn’t belong to an instructor. Check it, or open the list.
        </EmptyState>
      )}
    </div>
  );
}
