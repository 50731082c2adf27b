import { Badge, Banner, Button, ConfirmDialog, notify, PageHeader, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { StudentAnswer } from '../../contract/students.ts';
import { api, ProblemResponse } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import { type Failure, failureOf, saveFailureOf } from '../failure.ts';
import { keyPerIntent } from '../idempotent.ts';
import { usePageTitle } from '../page-title.ts';
import { availability, closedReason, mayWrite, refreshAfterOutage } from '../session.ts';
import { WritingLink } from '../writing-link.tsx';
import { isStudentId, noSuchStudent, NoStudent } from './no-student.tsx';
import { listPath, shown as shownList } from './student-list.ts';
import { StudentFacts } from './student-facts.tsx';
import { spokenName } from './student-text.ts';

/** Everything about one student, to be read at a glance, with its age when it is a copy. */
export function StudentPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const [answer, setAnswer] = useState<StudentAnswer | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(isStudentId(studentId) ? undefined : noSuchStudent);

  const read = async (signal?: AbortSignal): Promise<'live' | 'copy'> => {
    try {
      const { body } = await api.student(studentId, signal);
      setAnswer(body);
      setFailure(undefined);
      return body.stale ? 'copy' : 'live';
    } catch (error) {
      if (signal?.aborted) return 'live';
      const failed = failureOf(error);
      setFailure(failed);
      return failed.status === undefined || failed.status >= 500 ? 'copy' : 'live';
    }
  };
  useEffect(() => {
    // What is no ID needs no question, and no second one either.
    if (!isStudentId(studentId)) return undefined;
    const leaving = new AbortController();
    void read(leaving.signal);
    const stop = refreshAfterOutage(read);
    return () => {
      leaving.abort();
      stop();
    };
  }, [studentId]);

  // The list knows the name already: the heading stands before the record is there.
  const listed = shownList.value?.students.find(({ id }) => id === studentId)?.display_name;
  const title = answer === undefined ? (listed ?? 'Student') : spokenName(answer.data);
  usePageTitle(title);

  if (answer === undefined) {
    return (
      <div class="page">
        <PageHeader title={title} back={{ href: listPath.value, label: 'Students' }} />
        {failure === undefined ? <LoadingRecord /> : <NoStudent failure={failure} onRetry={() => void read()} />}
      </div>
    );
  }
  return (
    <div class="page">
      <RecordHeader answer={answer} onChange={setAnswer} />
      {failure !== undefined && availability.value.state === 'live' && (
        <Banner tone="warning" role="alert" title="The record could not be read again">
          <p>{failure.detail} What you see is what was read before.</p>
        </Banner>
      )}
      <StudentFacts student={answer.data} />
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
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [keyFor] = useState(keyPerIntent);
  const archived = student.status === 'archived';

  const restore = async (version: number): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.restoreStudent(student.id, {
        version,
        idempotencyKey: keyFor(['restore', version]),
      });
      onChange(body);
      notify(`${spokenName(student)} is active again.`);
    } catch (error) {
      setFailure(await explain(error));
    } finally {
      setBusy(false);
    }
  };
  const archive = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.archiveStudent(student.id, {
        version: student.version,
        idempotencyKey: keyFor(['archive', student.version]),
      });
      onChange(body);
      setAsking(false);
      notify(`${spokenName(student)} is archived.`, {
        action: { label: 'Undo', run: () => void restore(body.data.version) },
      });
    } catch (error) {
      setFailure(await explain(error));
    } finally {
      setBusy(false);
    }
  };
  /** Someone else was faster: the page shows the newer record, so that the next try applies to that one. */
  const explain = async (error: unknown): Promise<Failure> => {
    if (!(error instanceof ProblemResponse && error.status === 412)) return saveFailureOf(error, { repeatable: true });
    try {
      onChange((await api.student(student.id)).body);
    } catch {
      return saveFailureOf(error, { repeatable: true });
    }
    return {
      title: 'Someone changed this student a moment ago',
      detail: 'Nothing was saved. The page now shows the newer record. Check it and try again.',
      status: 412,
    };
  };

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
                <Button busy={busy} closedReason={closedReason.value} onClick={() => void restore(student.version)}>
                  Restore
                </Button>
              ) : (
                <Button variant="danger-quiet" closedReason={closedReason.value} onClick={() => setAsking(true)}>
                  Archive
                </Button>
              )}
              <WritingLink href={`/students/${student.id}/edit`} variant="primary" icon="edit">
                Edit
              </WritingLink>
            </>
          ) : undefined
        }
      />
      {failure !== undefined && !asking && (
        <Banner tone="danger" role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
      {archived && (
        <Banner tone="neutral" title="This student is archived">
          <p>Not in the list of active students. Everything on the record is kept.</p>
        </Banner>
      )}
      {asking && (
        <ConfirmDialog
          title={`Archive ${spokenName(student)}?`}
          confirmLabel="Archive student"
          danger
          busy={busy}
          closedReason={closedReason.value}
          onConfirm={() => void archive()}
          onClose={() => {
            setAsking(false);
            setFailure(undefined);
          }}
        >
          <p>
            The student is removed from the list of active students. Nothing is deleted: you can find them under
            Archived and restore them at any time.
          </p>
          {failure !== undefined && (
            <Banner tone="danger" role="alert" title={failure.title}>
              <p>{failure.detail}</p>
            </Banner>
          )}
        </ConfirmDialog>
      )}
    </>
  );
}

function LoadingRecord(): JSX.Element {
  return (
    <div class="record" role="status">
      <span class="visually-hidden">Reading the record…</span>
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
