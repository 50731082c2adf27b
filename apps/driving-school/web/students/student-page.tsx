import { Badge, Banner, Button, ConfirmDialog, notify, PageHeader, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Student, StudentAnswer } from '../../contract/students.ts';
import { api, ProblemResponse } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import { courseApi } from '../courses/course-api.ts';
import { CoursesCard } from '../courses/courses-card.tsx';
import { LessonsCard } from '../courses/lessons-card.tsx';
import type { Failure } from '../failure.ts';
import { GuardiansCard } from '../guardians/guardians-card.tsx';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { disabledReason, mayWrite } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { PlanningLinks } from '../planning/planning-links.tsx';
import { NoStudent } from './no-student.tsx';
import { studentEditPage } from './pages.ts';
import { list, listPath } from './student-list.ts';
import { StudentFacts } from './student-facts.tsx';
import { spokenName } from './student-text.ts';
import './students.css';

/** A student's record, with its age when it is a copy. */
export function StudentPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const record = useResource((signal) => api.student(studentId, signal));
  // The list already has the name, so the heading needs no record.
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
            <StudentFacts
              student={answer.data}
              first={<TeachingCards student={answer.data} />}
              beside={<GuardiansCard student={answer.data} />}
            />
          </>
        )}
      </ResourceView>
    </div>
  );
}

/** The student's courses and lessons. */
function TeachingCards({ student }: { readonly student: Student }): JSX.Element {
  const courses = useResource((signal) => courseApi.enrolments(student.id, signal), [student.version]);
  const lessons = useResource((signal) => courseApi.lessons(student.id, signal), [student.version]);
  return (
    <>
      <CoursesCard student={student} courses={courses} />
      <LessonsCard
        student={student}
        courses={courses.value?.data}
        lessons={lessons}
        onBooked={() => {
          void lessons.load();
          void courses.load();
        }}
      />
    </>
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

  /** After another user's change, shows the newer record, to which the next attempt then applies. */
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
      notify(`${spokenName(student)} was archived.`, {
        action: { label: 'Undo', run: () => void restore.submit(archivedAnswer.data.version) },
      });
    },
  });

  return (
    <>
      <PageHeader
        back={{ href: listPath.value, label: 'Students' }}
        title={spokenName(student)}
        description={mayWrite.value ? disabledReason.value : undefined}
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
                  disabledReason={restore.disabledReason}
                  onClick={() => void restore.submit(student.version)}
                >
                  Restore
                </Button>
              ) : (
                <Button
                  variant="danger-quiet"
                  disabledReason={archive.disabledReason}
                  onClick={() => setConfirming(true)}
                >
                  Archive
                </Button>
              )}
              <WritingLink href={studentEditPage.href({ studentId: student.id })} icon="edit">
                Edit
              </WritingLink>
              {!archived && <PlanningLinks studentId={student.id} />}
            </>
          ) : undefined
        }
      />
      <FailureBanner failure={restore.failure} />
      {archived && (
        <Banner tone="neutral" title="This student is archived">
          <p>Archived students are not in the list of active students. The record is kept.</p>
        </Banner>
      )}
      {confirming && (
        <ConfirmDialog
          title={`Archive ${spokenName(student)}?`}
          confirmLabel="Archive student"
          danger
          busy={archive.busy}
          disabledReason={archive.disabledReason}
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
