import { notify, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Enrolment, EnrolmentCreate, EnrolmentKind } from '../../contract/enrolments.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { dayText, tidyDate } from '../students/student-text.ts';
import { courseApi } from './course-api.ts';
import {
  type CourseFieldName,
  courseFieldNames,
  dayProblem,
  deadlineOf,
  hoursProblem,
  typedDay,
  typedHours,
} from './course-form.ts';
import { courseName, productKindNames } from './course-text.ts';

interface Form {
  /** `bde`, `lesson_pack`, or the ID of a product. */
  readonly course: string;
  readonly startedOn: string;
  readonly hours: string;
}

/** Enrols a student: in a BDE course from today, unless something else is chosen. */
export function EnrolDialog({
  studentId,
  studentName,
  today,
  courses,
  onEnrolled,
  onClose,
}: {
  readonly studentId: string;
  readonly studentName: string;
  readonly today: CalendarDay;
  /** The student's courses. */
  readonly courses: readonly Enrolment[];
  readonly onEnrolled: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const products = useResource(courseApi.products);
  const hasBde = courses.some(
    ({ kind, status }) => kind === 'bde' && ['active', 'complete', 'certifiable'].includes(status),
  );
  const [form, setForm] = useState<Form>({ course: hasBde ? 'lesson_pack' : 'bde', startedOn: today, hours: '10' });
  const sold = (products.value?.data ?? []).filter(
    ({ status, kind }) => status === 'active' && (kind === 'bde' || kind === 'lesson_pack'),
  );
  const product = sold.find(({ id }) => id === form.course);
  const kind: EnrolmentKind = (product?.kind ?? form.course) === 'lesson_pack' ? 'lesson_pack' : 'bde';
  const enrol = useSubmit<Form, CourseFieldName>({
    fields: courseFieldNames,
    repeatable: true,
    check: ({ startedOn, hours }) => ({
      course_started_on: dayProblem(startedOn),
      in_vehicle_minutes_bought: kind === 'lesson_pack' ? hoursProblem(hours) : undefined,
    }),
    async send({ startedOn, hours }, idempotencyKey) {
      const day = typedDay(startedOn);
      const minutes = typedHours(hours);
      const body: EnrolmentCreate = {
        kind,
        ...(day === undefined ? {} : { course_started_on: day }),
        ...(product === undefined ? {} : { product_id: product.id }),
        ...(kind === 'lesson_pack' && minutes !== undefined ? { in_vehicle_minutes_bought: minutes } : {}),
      };
      const { data } = await courseApi.enrol(studentId, body, idempotencyKey);
      notify(`${studentName} is enrolled: ${courseName(data)}.`);
      onEnrolled();
    },
  });
  const deadline = deadlineOf(form.startedOn);

  return (
    <FormDialog title={`Enrol ${studentName}`} submission={enrol} content={form} submitLabel="Enrol" onClose={onClose}>
      <SelectField
        id="enrol-course"
        label="Course"
        value={form.course}
        problem={enrol.problems.product_id ?? enrol.problems.kind}
        warning={kind === 'bde' && hasBde ? 'The student already has a BDE course. Withdraw from it first.' : undefined}
        options={[
          { value: 'bde', label: productKindNames.bde },
          { value: 'lesson_pack', label: productKindNames.lesson_pack },
          ...sold.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(course) => {
          const minutes = sold.find(({ id }) => id === course)?.in_vehicle_minutes;
          setForm({ ...form, course, ...(minutes ? { hours: String(minutes / 60) } : {}) });
        }}
      />
      <TextField
        id="enrol-start"
        label={kind === 'bde' ? 'First day of class' : 'Bought on'}
        autocomplete="off"
        placeholder="YYYY-MM-DD"
        value={form.startedOn}
        problem={enrol.problems.course_started_on}
        hint={
          kind === 'bde' && deadline !== undefined
            ? `Lessons count until ${dayText(deadline)}, a year later.`
            : 'Year, month, day: 2026-03-09'
        }
        onInput={(startedOn) => setForm({ ...form, startedOn })}
        onBlur={() => {
          setForm({ ...form, startedOn: tidyDate(form.startedOn) });
          enrol.setProblem('course_started_on', dayProblem(form.startedOn));
        }}
      />
      {kind === 'lesson_pack' && (
        <TextField
          id="enrol-hours"
          label="Hours in the car"
          autocomplete="off"
          inputmode="text"
          hint="The time that the student has bought, such as 10 or 1.5"
          value={form.hours}
          problem={enrol.problems.in_vehicle_minutes_bought}
          onInput={(hours) => setForm({ ...form, hours })}
        />
      )}
    </FormDialog>
  );
}
