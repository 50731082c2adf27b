import { Banner, Button, type Column, ConfirmDialog, Dialog, notify, PageHeader, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Student, StudentAnswer, StudentChanges, StudentFields } from '../../contract/students.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import { AffectedLessons } from '../courses/affected-lessons.tsx';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { user } from '../session.ts';
import { NoStudent } from './no-student.tsx';
import { studentPage } from './pages.ts';
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
import './students.css';

/** Edits a student. Unsaved changes survive an outage, an expired session and another user's change. */
export function StudentEditPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const record = useResource((signal) => api.student(studentId, signal));
  if (record.value !== undefined) return <Editor answer={record.value} />;
  return (
    <div class="page page-form">
      <PageHeader title="Edit student" back={{ href: studentPage.href({ studentId }), label: 'Student' }} />
      {record.failure === undefined ? (
        <SkeletonCard lines={4} />
      ) : (
        <NoStudent failure={record.failure} onRetry={() => void record.load()} />
      )}
    </div>
  );
}

/** The form. `answer` is reloaded after an outage. */
function Editor({ answer }: { readonly answer: StudentAnswer }): JSX.Element {
  /** The record that the form started from. */
  const [student, setStudent] = useState(answer.data);
  const [copyAsOf, setCopyAsOf] = useState(answer.stale ? answer.as_of : undefined);
  /** A newer version, saved by someone else in the meantime. */
  const [newer, setNewer] = useState<Student | undefined>(undefined);
  /** The lessons that saving would break, until the user decides. */
  const [broken, setBroken] = useState<readonly string[] | undefined>(undefined);
  /** The changes that the user wants to save although lessons break. */
  const accepted = useRef<string | undefined>(undefined);
  const base = formFromStudent(student);
  const recordPath = studentPage.href({ studentId: student.id });
  usePageTitle(`Edit ${spokenName(student)}`);
  const state = useStudentForm(base, {
    owner: { personId: user.value?.id ?? '', draftKey: student.id },
    async save(value, idempotencyKey) {
      const changes = changesBetween(student, value, state);
      if (Object.keys(changes).length > 0) {
        const lessons = await brokenBy(student, changes);
        if (lessons.length > 0 && accepted.current !== JSON.stringify(changes)) {
          accepted.current = JSON.stringify(changes);
          setBroken(lessons);
        } else await send(student, changes, value, idempotencyKey);
      } else leave('Nothing was changed.', 'info');
    },
  });

  useEffect(() => {
    // The form was filled from a copy: show later changes before the user saves.
    if (copyAsOf === undefined || answer.stale) return;
    setCopyAsOf(undefined);
    if (isChanged(base, formFromStudent(answer.data))) setNewer(answer.data);
    else setStudent(answer.data);
  }, [answer]);

  const leave = (message: string, tone: 'success' | 'info' = 'success'): void => {
    state.release();
    notify(message, { tone });
    navigate(recordPath, { replace: true });
  };
  const send = async (
    from: Student,
    changes: StudentChanges,
    value: StudentFields,
    idempotencyKey: string,
  ): Promise<void> => {
    try {
      const { data } = await api.changeStudent(from.id, changes, { version: from.version, idempotencyKey });
      leave(`${spokenName(data)} is saved.`);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { data: current, stale } = await api.student(from.id);
      if (stale || current.version === from.version) throw error;
      // The change was made, but its answer was lost.
      if (Object.keys(changesBetween(current, value, state)).length === 0) leave(`${spokenName(current)} is saved.`);
      // No field of the form has changed, so there is no conflict.
      else if (!isChanged(formFromStudent(from), formFromStudent(current)))
        await send(current, changes, value, newIdempotencyKey());
      else setNewer(current);
    }
  };

  return (
    <div class="page page-form">
      <PageHeader
        title={`Edit ${spokenName(student)}`}
        back={{ href: recordPath, label: spokenName(student) }}
        beside={copyAsOf !== undefined && <CopyAge asOf={copyAsOf} />}
      />
      {copyAsOf !== undefined && (
        <Banner tone="neutral" title="This form was filled from a copy">
          <p>When the database answers again, you can review later changes before you save.</p>
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
      />
      {broken !== undefined && (
        <ConfirmDialog
          title="Save although lessons break?"
          confirmLabel="Save anyway"
          cancelLabel="Keep editing"
          danger
          onConfirm={() => {
            setBroken(undefined);
            state.submit();
          }}
          onClose={() => {
            accepted.current = undefined;
            setBroken(undefined);
          }}
        >
          <AffectedLessons studentId={student.id} ids={broken} title="the student could no longer take" />
        </ConfirmDialog>
      )}
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

/** The fields that decide whether a student may drive. */
const decidingFields = ['birth_date', 'licence_class', 'licence_issued_on', 'licence_expires_on'] as const;

/** The booked lessons that changes would break. A conflict with another user is found when saving. */
async function brokenBy(from: Student, changes: StudentChanges): Promise<readonly string[]> {
  if (!decidingFields.some((name) => Object.hasOwn(changes, name))) return [];
  try {
    return (await api.previewStudent(from.id, changes, from)).affected_lessons;
  } catch (error) {
    if (isConflict(error)) return [];
    throw error;
  }
}

/** Shows another user's changes, and lets the user keep or discard their own. */
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
        Your changes haven’t been saved yet, and none are lost.{' '}
        {both > 0
          ? 'If you both changed a field, “Keep editing” keeps your text. Check it before you save.'
          : 'You changed different fields, so both changes can be kept.'}
      </p>
      <div class="table-frame">
        <Table
          caption="Changed fields"
          columns={conflictColumns}
          rows={conflicts}
          rowKey={({ name }) => name}
          width={44}
        />
      </div>
    </Dialog>
  );
}

const conflictColumns: readonly Column<Conflict>[] = [
  { key: 'field', header: 'Field', cell: ({ label }) => label },
  { key: 'before', header: 'Was', cell: ({ before }) => <span class="muted">{before || 'empty'}</span> },
  { key: 'theirs', header: 'Is now', cell: ({ theirs }) => theirs || 'empty' },
  {
    key: 'yours',
    header: 'Yours',
    cell: ({ yours }) => (yours === undefined ? <span class="muted">not changed</span> : yours || 'empty'),
  },
];
