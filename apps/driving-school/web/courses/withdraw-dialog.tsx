import { notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Enrolment } from '../../contract/enrolments.ts';
import { newIdempotencyKey } from '../api.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { AffectedLessons } from './affected-lessons.tsx';
import { courseApi } from './course-api.ts';
import { courseName } from './course-text.ts';

/** Ends a course that the student leaves. Can be undone. */
export function WithdrawDialog({
  course,
  onChanged,
  onClose,
}: {
  readonly course: Enrolment;
  /** Called after the withdrawal, and after it was undone. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [reason, setReason] = useState('');
  const preview = useResource((signal) => courseApi.previewWithdraw(course.id, course, signal));
  const affected = preview.value?.affected_lessons ?? [];
  const withdraw = useSubmit<string, 'reason'>({
    fields: ['reason'],
    repeatable: true,
    async send(typed, idempotencyKey) {
      const { version } = course;
      const { data } = await courseApi.withdraw(course.id, typed, { version, idempotencyKey });
      notify(`Withdrawn from ${courseName(course)}.`, {
        action: {
          label: 'Undo',
          run: () =>
            void courseApi
              .reinstate(course.id, { version: data.version, idempotencyKey: newIdempotencyKey() })
              .then(onChanged, () =>
                notify('The course could not be reinstated. Try it on the student’s page.', { tone: 'danger' }),
              ),
        },
      });
      onChanged();
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Withdraw from ${courseName(course)}?`}
      intro="No lesson of this course can be booked afterwards. The record is kept, and the course can be reinstated."
      submission={withdraw}
      content={reason}
      submitLabel="Withdraw"
      danger
      onClose={onClose}
    >
      {affected.length > 0 && <AffectedLessons studentId={course.student_id} ids={affected} title="of this course" />}
      <TextField
        id="withdraw-reason"
        label="Reason"
        mark="optional"
        autocomplete="off"
        maxlength={200}
        hint="Such as: moved to another city"
        value={reason}
        problem={withdraw.problems.reason}
        onInput={setReason}
      />
    </FormDialog>
  );
}
