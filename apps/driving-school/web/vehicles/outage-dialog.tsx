import { Banner, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CancelReason } from '../../contract/lessons.ts';
import { type CalendarDay, parseCalendarDay } from '../../contract/parsers.ts';
import { orderedDate } from '../../contract/student-dates.ts';
import { type OutageAdded, outageReasonLengthMax, type Vehicle } from '../../contract/vehicles.ts';
import { api, ProblemResponse } from '../api.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';

const names = ['from_day', 'from_time', 'to_day', 'to_time', 'reason'] as const;
type Name = (typeof names)[number];
type Form = Readonly<Record<Name, string>>;

/** Reasons of a cancellation, as they are shown. */
const cancelReasonLabels: Readonly<Record<CancelReason, string>> = {
  instructor: 'The school (instructor or car)',
  weather: 'Weather',
  illness: 'Illness',
  test_delay: 'Road test delayed',
  student: 'The student',
};

/** Adds a time at which a car can't be used. When lessons are booked then, offers to cancel them in the same step. */
export function OutageDialog({
  vehicle,
  today,
  onClose,
  onAdded,
}: {
  readonly vehicle: Vehicle;
  readonly today: CalendarDay;
  readonly onClose: () => void;
  readonly onAdded: (added: OutageAdded) => void;
}): JSX.Element {
  const [form, setForm] = useState<Form>({
    from_day: today,
    from_time: '08:00',
    to_day: today,
    to_time: '18:00',
    reason: '',
  });
  /** The booked lessons in this time, once the server has refused because of them. */
  const [lessons, setLessons] = useState<readonly string[]>([]);
  const [cancelReason, setCancelReason] = useState<CancelReason>('instructor');
  const add = useSubmit<{ readonly form: Form; readonly cancels: boolean; readonly reason: CancelReason }, Name>({
    fields: names,
    repeatable: true,
    check: ({ form: typed }) => problemsOf(typed),
    async send({ form: typed, cancels, reason }, idempotencyKey) {
      const outage = {
        from: `${typed.from_day}T${timeOf(typed.from_time)}`,
        to: `${typed.to_day}T${timeOf(typed.to_time)}`,
        reason: typed.reason.trim() === '' ? null : typed.reason,
        ...(cancels ? { and_cancel: { reason } } : {}),
      };
      onAdded(await api.addOutage(vehicle.id, outage, idempotencyKey));
    },
    explain(error) {
      if (!(error instanceof ProblemResponse)) return undefined;
      if (error.code === 'outage_has_lessons') {
        setLessons((error.body as { readonly lessons: readonly string[] }).lessons);
        return {};
      }
      if (error.code === 'time_ambiguous' || error.code === 'time_does_not_exist') {
        const field = error.errors[0]?.pointer === '/to' ? 'to_time' : 'from_time';
        return { problems: { [field]: 'The clock changes in this hour. Choose another hour.' } };
      }
      if (error.errors[0]?.pointer === '/to') return { problems: { to_time: error.errors[0].message } };
      return undefined;
    },
  });
  const type = (name: Name, text: string): void => {
    const next = { ...form, [name]: text };
    // A later beginning moves the end with it.
    const from = orderedDate(text);
    if (name === 'from_day' && parseCalendarDay(from).ok && orderedDate(next.to_day) < from) next.to_day = from;
    setForm(next);
    setLessons([]);
    if (Object.values(add.problems).some(Boolean)) add.setProblems(problemsOf(next));
  };
  const field = (name: Name) => ({
    id: `outage-${name.replace('_', '-')}`,
    name,
    autocomplete: 'off',
    value: form[name],
    problem: add.problems[name],
    onInput: (text: string) => type(name, text),
  });
  const day = (name: 'from_day' | 'to_day') => ({
    ...field(name),
    maxlength: 20,
    // Not `type`: the lessons that the user is about to cancel stay as they are.
    onBlur: () => setForm({ ...form, [name]: orderedDate(form[name]) }),
  });
  // Enter submits without leaving the input, which puts a day into its usual form.
  const tidied: Form = { ...form, from_day: orderedDate(form.from_day), to_day: orderedDate(form.to_day) };
  const count = lessons.length;
  const booked = count === 1 ? 'One lesson is' : `${count} lessons are`;
  return (
    <FormDialog
      title={`${vehicle.plate} can’t be used`}
      intro="No lesson can be booked with the car in this time."
      submission={add}
      content={{ form: tidied, cancels: count > 0, reason: cancelReason }}
      submitLabel={count === 0 ? 'Add time' : `Add and cancel ${count === 1 ? 'the lesson' : `${count} lessons`}`}
      danger={count > 0}
      onClose={onClose}
    >
      <div class="time-pair">
        <TextField {...day('from_day')} label="From" hint="Year, month, day" autofocus />
        <TextField {...field('from_time')} label="Time" hint="08:00" maxlength={5} />
      </div>
      <div class="time-pair">
        <TextField {...day('to_day')} label="To" />
        <TextField {...field('to_time')} label="Time" maxlength={5} />
      </div>
      <TextField
        {...field('reason')}
        label="Reason"
        mark="optional"
        hint="Such as Brakes at the garage"
        maxlength={outageReasonLengthMax}
      />
      {count > 0 && (
        <>
          <Banner tone="warning" role="alert" title={`${booked} booked in this time`}>
            <p>
              To keep {count === 1 ? 'it' : 'them'}, close this and move {count === 1 ? 'it' : 'them'} to another car in
              the calendar. Or cancel {count === 1 ? 'it' : 'them'} now.
            </p>
          </Banner>
          <SelectField
            id="outage-cancel-reason"
            label="Reason for cancelling"
            value={cancelReason}
            options={Object.entries(cancelReasonLabels).map(([value, label]) => ({
              value: value as CancelReason,
              label,
            }))}
            onChange={setCancelReason}
          />
        </>
      )}
    </FormDialog>
  );
}

function problemsOf(form: Form): Partial<Record<Name, string>> {
  const problems: Partial<Record<Name, string>> = {};
  for (const name of ['from_day', 'to_day'] as const) {
    const parsed = parseCalendarDay(orderedDate(form[name]));
    if (!parsed.ok) problems[name] = parsed.message;
  }
  for (const name of ['from_time', 'to_time'] as const) {
    if (!/^([01]?\d|2[0-3]):?[0-5]\d$/.test(form[name].trim())) problems[name] = 'Enter a time such as 08:00.';
  }
  return problems;
}

/** Normalizes a time of day: `8:00` and `0800` become `08:00`. */
function timeOf(text: string): string {
  return text
    .trim()
    .replace(':', '')
    .padStart(4, '0')
    .replace(/^(..)(..)$/, '$1:$2');
}
