import { notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Enrolment, EnrolmentChanges } from '../../contract/enrolments.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { dayText, tidyDate } from '../students/student-text.ts';
import { AffectedLessons } from './affected-lessons.tsx';
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
import { courseName } from './course-text.ts';

interface Form {
  readonly startedOn: string;
  readonly deadline: string;
  readonly hours: string;
}

/** Changes the dates and hours of a course. Lessons that would lie outside are named before anything is saved. */
export function EditCourseDialog({
  course,
  onSaved,
  onClose,
}: {
  readonly course: Enrolment;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [form, setForm] = useState<Form>({
    startedOn: course.course_started_on,
    deadline: course.deadline_on ?? '',
    hours: String(course.in_vehicle_minutes_bought / 60),
  });
  /** The lessons that the form on screen would break; undefined until they are known. */
  const [affected, setAffected] = useState<readonly string[] | undefined>(undefined);
  const change = (part: Partial<Form>): void => {
    setForm({ ...form, ...part });
    setAffected(undefined);
  };
  const isBde = course.kind === 'bde';
  const save = useSubmit<Form, CourseFieldName>({
    fields: courseFieldNames,
    repeatable: true,
    check: ({ startedOn, deadline, hours }) => ({
      course_started_on: dayProblem(startedOn),
      deadline_on: isBde && deadline.trim() !== '' ? dayProblem(deadline) : undefined,
      in_vehicle_minutes_bought: hoursProblem(hours),
    }),
    async send(typed, idempotencyKey) {
      const body = changesOf(course, typed);
      if (affected === undefined) {
        const preview = await courseApi.previewChange(course.id, body, course);
        if (preview.affected_lessons.length > 0) {
          setAffected(preview.affected_lessons);
          return;
        }
      }
      const { version } = course;
      await courseApi.change(course.id, body, { version, idempotencyKey });
      notify(`${courseName(course)} is saved.`);
      onSaved();
    },
  });
  const latest = deadlineOf(form.startedOn);

  return (
    <FormDialog
      title={`Edit ${courseName(course)}`}
      submission={save}
      content={form}
      submitLabel={affected === undefined ? 'Save' : 'Save anyway'}
      onClose={onClose}
    >
      {affected !== undefined && (
        <AffectedLessons studentId={course.student_id} ids={affected} title="would lie outside the course" />
      )}
      <TextField
        id="course-start"
        label={isBde ? 'First day of class' : 'Bought on'}
        autocomplete="off"
        placeholder="YYYY-MM-DD"
        value={form.startedOn}
        problem={save.problems.course_started_on}
        onInput={(startedOn) => change({ startedOn })}
        onBlur={() => setForm({ ...form, startedOn: tidyDate(form.startedOn) })}
      />
      {isBde && (
        <TextField
          id="course-deadline"
          label="Deadline"
          mark="optional"
          autocomplete="off"
          placeholder="YYYY-MM-DD"
          hint={
            latest === undefined
              ? 'The last day on which lessons count.'
              : `The last day on which lessons count: ${dayText(latest)} or earlier. Empty: that day.`
          }
          value={form.deadline}
          problem={save.problems.deadline_on}
          onInput={(deadline) => change({ deadline })}
          onBlur={() => setForm({ ...form, deadline: tidyDate(form.deadline) })}
        />
      )}
      <TextField
        id="course-hours"
        label="Hours in the car"
        autocomplete="off"
        hint="The time that the student has bought, such as 10 or 1.5"
        value={form.hours}
        problem={save.problems.in_vehicle_minutes_bought}
        onInput={(hours) => change({ hours })}
      />
    </FormDialog>
  );
}

/** The members that differ from the record. A deadline that is untouched moves with the first day. */
function changesOf(course: Enrolment, { startedOn, deadline, hours }: Form): EnrolmentChanges {
  const [from, to, minutes] = [typedDay(startedOn), typedDay(deadline), typedHours(hours)];
  const isDeadlineTouched = deadline.trim() !== (course.deadline_on ?? '');
  return {
    ...(from === undefined || from === course.course_started_on ? {} : { course_started_on: from }),
    ...(course.kind === 'bde' && isDeadlineTouched ? { deadline_on: to ?? null } : {}),
    ...(minutes === undefined || minutes === course.in_vehicle_minutes_bought
      ? {}
      : { in_vehicle_minutes_bought: minutes }),
  };
}
