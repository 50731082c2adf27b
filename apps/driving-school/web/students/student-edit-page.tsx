import { Banner, Button, Dialog, notify, PageHeader, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Student, StudentAnswer, StudentChanges, StudentFields } from '../../contract/students.ts';
import { api } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import { type Failure, failureOf } from '../failure.ts';
import { keyPerIntent } from '../idempotent.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../page-title.ts';
import { refreshAfterOutage, user } from '../session.ts';
import { isStudentId, noSuchStudent, NoStudent } from './no-student.tsx';
import { isConflict, StudentForm } from './student-form.tsx';
import {
  changesBetween,
  type Conflict,
  conflictsBetween,
  formFromStudent,
  isChanged,
  rebase,
} from './student-form-fields.ts';
import { spokenName } from './student-text.ts';
import { useStudentForm } from './use-student-form.ts';

/** Changing a student's record. What is typed survives an outage, an expired session and another person's change. */
export function StudentEditPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const [answer, setAnswer] = useState<StudentAnswer | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  usePageTitle(answer === undefined ? 'Edit student' : `Edit ${spokenName(answer.data)}`);

  const read = async (): Promise<void> => {
    setFailure(isStudentId(studentId) ? undefined : noSuchStudent);
    if (!isStudentId(studentId)) return;
    try {
      setAnswer((await api.student(studentId)).body);
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  useEffect(() => void read(), [studentId]);

  if (answer !== undefined) return <Editor opened={answer} />;
  return (
    <div class="page page-form">
      <PageHeader title="Edit student" back={{ href: `/students/${studentId}`, label: 'Student' }} />
      {failure === undefined ? (
        <div role="status">
          <span class="visually-hidden">Reading the record…</span>
          <Skeleton width="60%" />
        </div>
      ) : (
        <NoStudent failure={failure} onRetry={() => void read()} />
      )}
    </div>
  );
}

function Editor({ opened }: { readonly opened: StudentAnswer }): JSX.Element {
  const [student, setStudent] = useState(opened.data);
  const [copyOf, setCopyOf] = useState(opened.stale ? opened.as_of : undefined);
  const [newer, setNewer] = useState<Student | undefined>(undefined);
  const base = formFromStudent(student);
  const state = useStudentForm(base, { personId: user.value?.id ?? '', draftKey: student.id });
  const [keyFor] = useState(keyPerIntent);
  const recordPath = `/students/${student.id}`;

  // Opened from a copy: when the database is back, what has changed since is taken over before anything is saved.
  useEffect(
    () =>
      refreshAfterOutage(async () => {
        if (copyOf === undefined) return 'live';
        try {
          const { body } = await api.student(student.id);
          if (body.stale) return 'copy';
          setCopyOf(undefined);
          if (isChanged(formFromStudent(student), formFromStudent(body.data))) setNewer(body.data);
          else setStudent(body.data);
          return 'live';
        } catch {
          return 'copy';
        }
      }),
    [copyOf, student],
  );

  const done = (saved: Student): void => {
    state.release();
    notify(`${spokenName(saved)} is saved.`);
    navigate(recordPath, { replace: true });
  };
  const save = async (value: StudentFields): Promise<void> => {
    const wanted = { removeLicenceNumber: state.removeLicenceNumber };
    const changes = changesBetween(student, value, wanted);
    if (Object.keys(changes).length === 0) {
      state.release();
      notify('Nothing was changed.', { tone: 'info' });
      navigate(recordPath, { replace: true });
      return;
    }
    await put(student, changes, value, wanted);
  };
  const put = async (
    seen: Student,
    changes: StudentChanges,
    value: StudentFields,
    wanted: { readonly removeLicenceNumber: boolean },
  ): Promise<void> => {
    try {
      const { version } = seen;
      const idempotencyKey = keyFor([version, changes]);
      const { body } = await api.changeStudent(seen.id, changes, { version, idempotencyKey });
      done(body.data);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { body } = await api.student(seen.id);
      if (body.stale || body.data.version === seen.version) throw error;
      // An answer that was lost on the way: the change had been made.
      if (Object.keys(changesBetween(body.data, value, wanted)).length === 0) done(body.data);
      // Nothing that is on the form has changed, so there is nothing to decide.
      else if (!isChanged(formFromStudent(seen), formFromStudent(body.data)))
        await put(body.data, changes, value, wanted);
      else setNewer(body.data);
    }
  };

  return (
    <div class="page page-form">
      <PageHeader
        title={`Edit ${spokenName(student)}`}
        back={{ href: recordPath, label: spokenName(student) }}
        beside={copyOf !== undefined && <CopyAge asOf={copyOf} />}
      />
      {copyOf !== undefined && (
        <Banner tone="neutral" title="This form was filled from a copy">
          <p>When the database is back, you are shown what has changed since then before you save.</p>
        </Banner>
      )}
      <StudentForm
        state={state}
        saveLabel="Save changes"
        cancelHref={recordPath}
        masked={student.licence_number_masked}
        instructor={
          student.instructor_id === null
            ? undefined
            : { id: student.instructor_id, name: student.instructor_name ?? 'The instructor on record' }
        }
        onSave={save}
      />
      {newer !== undefined && (
        <ConflictDialog
          changedBy={newer.updated_by_name}
          conflicts={conflictsBetween(base, formFromStudent(newer), state.form)}
          onKeep={() => {
            const theirs = formFromStudent(newer);
            state.restart(theirs, rebase(base, theirs, state.form));
            setStudent(newer);
            setNewer(undefined);
          }}
          onReload={() => {
            state.release();
            navigate(recordPath, { replace: true });
          }}
        />
      )}
    </div>
  );
}

/** Someone else saved this record while the form was open: shows what, and lets the user decide. */
function ConflictDialog({
  changedBy,
  conflicts,
  onKeep,
  onReload,
}: {
  readonly changedBy: string | null;
  readonly conflicts: readonly Conflict[];
  readonly onKeep: () => void;
  readonly onReload: () => void;
}): JSX.Element {
  const both = conflicts.filter(({ yours }) => yours !== undefined).length;
  return (
    <Dialog
      wide
      title={`${changedBy ?? 'Someone'} changed this student while you were editing`}
      onClose={onKeep}
      footer={
        <>
          <Button onClick={onReload}>Discard my changes</Button>
          <Button variant="primary" onClick={onKeep}>
            Keep editing
          </Button>
        </>
      }
    >
      <p class="muted">
        Nothing of yours is saved yet, and nothing is lost.{' '}
        {both > 0
          ? 'Where both of you changed a field, “Keep editing” keeps your text. Check it before you save.'
          : 'You changed different fields, so both changes fit together.'}
      </p>
      <div class="table-frame">
        <table class="table table-stacking">
          <caption class="visually-hidden">What has changed</caption>
          <thead>
            <tr>
              <th scope="col">Field</th>
              <th scope="col">Was</th>
              <th scope="col">Is now</th>
              <th scope="col">Yours</th>
            </tr>
          </thead>
          <tbody>
            {conflicts.map(({ name, label, before, theirs, yours }) => (
              <tr key={name}>
                <th scope="row">{label}</th>
                <td data-label="Was" class="muted">
                  {before || 'empty'}
                </td>
                <td data-label="Is now">{theirs || 'empty'}</td>
                <td data-label="Yours">
                  {yours === undefined ? <span class="muted">not changed</span> : yours || 'empty'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
