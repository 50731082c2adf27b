import { Banner, Button, CheckboxField, Dialog, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type LessonTime, type TimeOffAdded, timeOffReasonLengthMax } from '../../contract/instructors.ts';
import type { CancelReason } from '../../contract/lessons.ts';
import { api, ProblemResponse } from '../api.ts';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { tidyDate } from '../students/student-text.ts';
import { LessonTimes, lessonsText } from './instructor-text.tsx';
import { type TimeOffField, type TimeOffForm, timeOffProblems, timeOffRequest } from './time-off-form.ts';

const fields = ['fromDay', 'toDay', 'fromTime', 'toTime', 'reason'] as const;

/** Reasons for cancelling lessons because their instructor is away, the most common first. */
const reasons: readonly { readonly value: CancelReason; readonly label: string }[] = [
  { value: 'instructor', label: 'Instructor away' },
  { value: 'illness', label: 'Illness' },
  { value: 'weather', label: 'Weather' },
];

interface Content {
  readonly form: TimeOffForm;
  /** The lessons that the user has seen and wants to cancel. */
  readonly cancel: readonly LessonTime[] | undefined;
  readonly cancelReason: CancelReason;
}

/** Adds time off. Lessons in this time are shown first, and cancelled only when the user agrees. */
export function TimeOffDialog({
  instructorId,
  name,
  onClose,
  onAdded,
}: {
  readonly instructorId: string;
  readonly name: string;
  readonly onClose: () => void;
  readonly onAdded: (added: TimeOffAdded) => void;
}): JSX.Element {
  const [form, setForm] = useState<TimeOffForm>({
    fromDay: '',
    toDay: '',
    wholeDays: true,
    fromTime: '',
    toTime: '',
    reason: '',
  });
  const [lessons, setLessons] = useState<readonly LessonTime[] | undefined>(undefined);
  const [cancelReason, setCancelReason] = useState<CancelReason>('instructor');
  const add = useSubmit<Content, TimeOffField>({
    fields,
    repeatable: true,
    check: (content) => timeOffProblems(content.form),
    async send({ form: typed, cancel, cancelReason: reason }, idempotencyKey) {
      const request = timeOffRequest(typed);
      const and_cancel = cancel && { reason, lessons: cancel.map(({ id }) => id) };
      onAdded(
        await api.addTimeOff(
          instructorId,
          and_cancel === undefined ? request : { ...request, and_cancel },
          idempotencyKey,
        ),
      );
    },
    explain(error) {
      if (!(error instanceof ProblemResponse)) return undefined;
      if (error.code === 'time_off_has_lessons') {
        setLessons((error.body as { readonly lesson_times: readonly LessonTime[] }).lesson_times);
        return {};
      }
      // The server's names of the two times.
      const [problem] = error.errors;
      if (problem === undefined || !/^\/(from|to)$/.test(problem.pointer)) return undefined;
      const side = problem.pointer.slice(1) as 'from' | 'to';
      return { problems: { [form.wholeDays ? `${side}Day` : `${side}Time`]: problem.message } };
    },
  });
  const type = (part: Partial<TimeOffForm>): void => {
    setForm({ ...form, ...part });
    if (!Object.hasOwn(part, 'reason')) setLessons(undefined);
  };
  // Enter submits without leaving the input, which puts a date into its usual form.
  const tidied = { ...form, fromDay: tidyDate(form.fromDay), toDay: tidyDate(form.toDay) };
  const content: Content = { form: tidied, cancel: lessons, cancelReason };
  const text = (field: 'fromDay' | 'toDay' | 'fromTime' | 'toTime', label: string, hint: string): JSX.Element => (
    <TextField
      id={`time-off-${field}`}
      label={label}
      hint={hint}
      autocomplete="off"
      autofocus={field === 'fromDay'}
      {...(field.endsWith('Day') ? { placeholder: 'YYYY-MM-DD' } : {})}
      value={form[field]}
      problem={add.problems[field]}
      onInput={(typed) => type({ [field]: typed })}
      onBlur={() => field.endsWith('Day') && form[field] !== '' && setForm({ ...form, [field]: tidyDate(form[field]) })}
    />
  );
  const label = lessons === undefined ? 'Add time off' : `Add and cancel ${lessonsText(lessons.length)}`;
  return (
    <Dialog
      title={`Time off for ${name}`}
      busy={add.busy}
      disabledReason={add.disabledReason}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant={lessons === undefined ? 'primary' : 'danger'}
            busy={add.busy}
            disabledReason={add.disabledReason}
            onClick={() => void add.submit(content)}
          >
            {label}
          </Button>
        </>
      }
    >
      <SubmitForm submission={add} content={content}>
        <div class="form-fields">
          {text('fromDay', 'First day', 'Such as 2026-03-09')}
          {text('toDay', 'Last day', 'Empty: only one day')}
          <div class="form-wide">
            <CheckboxField label="Whole days" checked={form.wholeDays} onChange={(wholeDays) => type({ wholeDays })} />
          </div>
          {!form.wholeDays && (
            <>
              {text('fromTime', 'From', 'On the first day, such as 13:00')}
              {text('toTime', 'To', 'On the last day, such as 17:00')}
            </>
          )}
          <div class="form-wide">
            <TextField
              id="time-off-reason"
              label="Reason"
              mark="optional"
              hint="Seen by the office and the instructor"
              autocomplete="off"
              maxlength={timeOffReasonLengthMax}
              value={form.reason}
              problem={add.problems.reason}
              onInput={(reason) => type({ reason })}
            />
          </div>
        </div>
        {lessons !== undefined && (
          <>
            <Banner tone="warning" role="alert" title={`${lessonsText(lessons.length)} booked in this time`}>
              <p>Cancel them, or close this form and move them first:</p>
              <LessonTimes lessons={lessons} />
            </Banner>
            <SelectField
              id="time-off-cancel-reason"
              label="Reason for cancelling"
              value={cancelReason}
              options={reasons}
              onChange={setCancelReason}
            />
          </>
        )}
        {/* The visible button is outside the form. Enter must not cancel lessons by accident. */}
        {lessons === undefined && (
          <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
            {label}
          </button>
        )}
      </SubmitForm>
    </Dialog>
  );
}
