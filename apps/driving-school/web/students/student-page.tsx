import {
  Badge,
  Banner,
  Button,
  Card,
  ConfirmDialog,
  DataList,
  type Fact,
  notify,
  PageHeader,
  RelativeTime,
  Skeleton,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatPhone } from '../../contract/student-fields.ts';
import type { Student, StudentAnswer } from '../../contract/students.ts';
import { api, ProblemResponse } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import type { Failure } from '../failure.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { closedReason, mayWrite } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { LicenceNumber } from './licence-number.tsx';
import { NoStudent } from './no-student.tsx';
import { studentEditPage } from './pages.ts';
import { list, listPath } from './student-list.ts';
import {
  addressLines,
  birthText,
  dayText,
  legalName,
  licenceClassText,
  spokenName,
  todayHere,
} from './student-text.ts';
import './students.css';

/** A student's record, with its age when it is a copy. */
export function StudentPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const record = useResource((signal) => api.student(studentId, signal));
  // The list has the name already, so the heading does not wait for the record.
  const listed = list.value?.students.find(({ id }) => id === studentId)?.display_name;
  const title = record.value === undefined ? (listed ?? 'Student') : spokenName(record.value.data);
  usePageTitle(title);

  return (
    <div class="page">
      {record.value === undefined && <PageHeader title={title} back={{ href: listPath.value, label: 'Students' }} />}
      <ResourceView
        resource={record}
        name="This student"
        skeleton={<LoadingRecord />}
        failed={(failure) => <NoStudent failure={failure} onRetry={() => void record.load()} />}
      >
        {(answer) => (
          <>
            <RecordHeader answer={answer} onChange={(changed) => record.set(changed)} />
            <RefreshFailure resource={record} title="The record could not be refreshed" />
            <Record student={answer.data} />
          </>
        )}
      </ResourceView>
    </div>
  );
}

function RecordHeader({
  answer,
  onChange,
}: {
  readonly answer: StudentAnswer;
  readonly onChange: (answer: StudentAnswer) => void;
}): JSX.Element {
  const { data: student } = answer;
  const [confirming, setConfirming] = useState(false);
  const archived = student.status === 'archived';

  /** After someone else's change the page shows the newer record, so that the next try applies to that one. */
  const explain = async (error: unknown): Promise<{ readonly failure: Failure } | undefined> => {
    if (!(error instanceof ProblemResponse && error.status === 412)) return undefined;
    try {
      onChange(await api.student(student.id));
    } catch {
      return undefined;
    }
    return {
      failure: {
        title: 'Someone changed this student a moment ago',
        detail: 'Nothing was saved. The page now shows the newer record. Check it and try again.',
        status: 412,
      },
    };
  };
  const restore = useSubmit({
    repeatable: true,
    explain,
    async send(version: number, idempotencyKey) {
      onChange(await api.restoreStudent(student.id, { version, idempotencyKey }));
      notify(`${spokenName(student)} is active again.`);
    },
  });
  const archive = useSubmit({
    repeatable: true,
    explain,
    async send(version: number, idempotencyKey) {
      const archivedAnswer = await api.archiveStudent(student.id, { version, idempotencyKey });
      onChange(archivedAnswer);
      setConfirming(false);
      notify(`${spokenName(student)} is archived.`, {
        action: { label: 'Undo', run: () => void restore.submit(archivedAnswer.data.version) },
      });
    },
  });

  return (
    <>
      <PageHeader
        back={{ href: listPath.value, label: 'Students' }}
        title={spokenName(student)}
        description={mayWrite.value ? closedReason.value : undefined}
        beside={
          <>
            {archived ? (
              <Badge shape="dotted">Archived</Badge>
            ) : (
              <Badge tone="success" shape="circle">
                Active
              </Badge>
            )}
            {answer.stale && <CopyAge asOf={answer.as_of} />}
          </>
        }
        actions={
          mayWrite.value ? (
            <>
              {archived ? (
                <Button
                  busy={restore.busy}
                  closedReason={restore.closedReason}
                  onClick={() => void restore.submit(student.version)}
                >
                  Restore
                </Button>
              ) : (
                <Button variant="danger-quiet" closedReason={archive.closedReason} onClick={() => setConfirming(true)}>
                  Archive
                </Button>
              )}
              <WritingLink href={studentEditPage.href({ studentId: student.id })} variant="primary" icon="edit">
                Edit
              </WritingLink>
            </>
          ) : undefined
        }
      />
      <FailureBanner failure={restore.failure} />
      {archived && (
        <Banner tone="neutral" title="This student is archived">
          <p>This student is not in the list of active students. The whole record is kept.</p>
        </Banner>
      )}
      {confirming && (
        <ConfirmDialog
          title={`Archive ${spokenName(student)}?`}
          confirmLabel="Archive student"
          danger
          busy={archive.busy}
          closedReason={archive.closedReason}
          onConfirm={() => void archive.submit(student.version)}
          onClose={() => {
            setConfirming(false);
            archive.show({});
          }}
        >
          <p>
            The student is removed from the list of active students. Nothing is deleted: you can find them under
            Archived and restore them at any time.
          </p>
          <FailureBanner failure={archive.failure} />
        </ConfirmDialog>
      )}
    </>
  );
}

function Record({ student }: { readonly student: Student }): JSX.Element {
  const today = todayHere(new Date());
  const person: Fact[] = [
    { name: 'Name on the licence', value: legalName(student) },
    { name: 'Preferred name', value: student.preferred_name },
    { name: 'Born', value: <span class="numbers">{birthText(student.birth_date, today)}</span> },
    { name: 'Language', value: student.preferred_language === 'fr' ? 'French' : 'English' },
  ];
  const contact: Fact[] = [
    {
      name: 'Phone',
      value: student.phone !== null && (
        <a class="numbers" href={`tel:${student.phone}`}>
          {formatPhone(student.phone, student.phone_extension)}
        </a>
      ),
    },
    { name: 'Text messages', value: smsText[student.sms_capable] },
    { name: 'E-mail', value: student.email !== null && <a href={`mailto:${student.email}`}>{student.email}</a> },
    {
      name: 'Address',
      value: student.address !== null && addressLines(student.address).map((line) => <div key={line}>{line}</div>),
    },
  ];
  const licence: Fact[] = [
    { name: 'Class', value: licenceClassText(student.licence_class) },
    {
      name: 'Number',
      value: student.licence_number_masked !== null && (
        <LicenceNumber key={student.version} studentId={student.id} masked={student.licence_number_masked} />
      ),
    },
    { name: 'Issued', value: student.licence_issued_on !== null && dayText(student.licence_issued_on) },
    { name: 'Expires', value: student.licence_expires_on !== null && dayText(student.licence_expires_on) },
    {
      name: 'Card seen',
      value:
        student.licence_sighted_on !== null &&
        `${dayText(student.licence_sighted_on)}${student.licence_sighted_by === null ? '' : ` by ${student.licence_sighted_by}`}`,
    },
  ];
  const school: Fact[] = [
    { name: 'Instructor', value: student.instructor_name },
    { name: 'Added', value: <RelativeTime instant={student.created_at} form="both" /> },
    {
      name: 'Last change',
      value: (
        <>
          <RelativeTime instant={student.updated_at} form="both" />
          {student.updated_by_name !== null && ` by ${student.updated_by_name}`}
        </>
      ),
    },
  ];
  return (
    <>
      {student.warnings.length > 0 && (
        <Banner
          tone="warning"
          title={student.warnings.length === 1 ? 'One thing to check' : `${student.warnings.length} things to check`}
        >
          <ul>
            {student.warnings.map(({ field, code, message }) => (
              <li key={`${field} ${code}`}>{message}</li>
            ))}
          </ul>
        </Banner>
      )}
      <div class="record">
        <div class="stack">
          <Card title="Person" flush>
            <DataList facts={person.map(orNull)} />
          </Card>
          <Card title="Contact" flush>
            <DataList facts={contact.map(orNull)} />
          </Card>
        </div>
        <div class="stack">
          <Card title="Driver’s licence" flush>
            <DataList facts={licence.map(orNull)} />
          </Card>
          <Card title="School" flush>
            <DataList facts={school} />
          </Card>
          <Card title="Notes">
            {student.notes === null ? <p class="muted">No notes.</p> : <p class="notes">{student.notes}</p>}
          </Card>
        </div>
      </div>
    </>
  );
}

const smsText: Record<Student['sms_capable'], string> = {
  yes: 'Yes',
  no: 'No, the number takes calls only',
  unknown: 'Not known yet',
};

function orNull(fact: Fact): Fact {
  return fact.value === false ? { ...fact, value: null } : fact;
}

function LoadingRecord(): JSX.Element {
  return (
    <div class="record" role="status">
      <span class="visually-hidden">Loading…</span>
      {[1, 2, 3, 4].map((card) => (
        <div key={card} class="card loading-card">
          <Skeleton width="30%" />
          <Skeleton width="75%" />
          <Skeleton width="60%" />
          <Skeleton width="68%" />
        </div>
      ))}
    </div>
  );
}
