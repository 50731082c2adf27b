import { Badge, Button, Card } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Enrolment, EnrolmentList } from '../../contract/enrolments.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import type { Student } from '../../contract/students.ts';
import type { Resource } from '../platform/resource.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { disabledReason, mayWrite } from '../session.ts';
import { dayText, spokenName } from '../students/student-text.ts';
import { courseApi } from './course-api.ts';
import { courseName, courseStatusNames, daysLeftText, schoolDay } from './course-text.ts';
import { EditCourseDialog } from './edit-course-dialog.tsx';
import { EnrolDialog } from './enrol-dialog.tsx';
import { WithdrawDialog } from './withdraw-dialog.tsx';
import './courses.css';

type Open = { readonly kind: 'enrol' } | { readonly kind: 'edit' | 'withdraw'; readonly course: Enrolment };

/** The courses of a student. Owner and office enrol, change and withdraw here. */
export function CoursesCard({
  student,
  courses,
}: {
  readonly student: Student;
  readonly courses: Resource<EnrolmentList>;
}): JSX.Element {
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const reload = (): void => void courses.load();
  const isArchived = student.status === 'archived';
  return (
    <Card
      title="Courses"
      flush
      actions={
        mayWrite.value && (
          <Button
            size="small"
            icon="plus"
            disabledReason={
              disabledReason.value ?? (isArchived ? 'Restore the student first, then enrol them.' : undefined)
            }
            onClick={() => setOpen({ kind: 'enrol' })}
          >
            Enrol
          </Button>
        )
      }
    >
      <ResourceView
        resource={courses}
        name="The courses"
        empty={({ data }) =>
          data.length === 0 && (
            <p class="record-empty muted">
              Not enrolled yet.{' '}
              {mayWrite.value
                ? 'Enrol the student in a BDE course or a lesson pack to plan lessons.'
                : 'The office enrols students.'}
            </p>
          )
        }
      >
        {({ data }) => (
          <ul class="record-rows">
            {data.map((course) => (
              <CourseRow
                key={course.id}
                course={course}
                onEdit={() => setOpen({ kind: 'edit', course })}
                onWithdraw={() => setOpen({ kind: 'withdraw', course })}
                onChanged={reload}
              />
            ))}
          </ul>
        )}
      </ResourceView>
      {open?.kind === 'enrol' && courses.value !== undefined && (
        <EnrolDialog
          studentId={student.id}
          studentName={spokenName(student)}
          today={schoolDay(courses.value.as_of)}
          courses={courses.value.data}
          onEnrolled={() => {
            close();
            reload();
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'edit' && (
        <EditCourseDialog
          course={open.course}
          onSaved={() => {
            close();
            reload();
          }}
          onClose={close}
        />
      )}
      {open?.kind === 'withdraw' && <WithdrawDialog course={open.course} onChanged={reload} onClose={close} />}
    </Card>
  );
}

const isOpen = ({ status }: Enrolment): boolean => ['active', 'complete', 'certifiable'].includes(status);

function CourseRow({
  course,
  onEdit,
  onWithdraw,
  onChanged,
}: {
  readonly course: Enrolment;
  readonly onEdit: () => void;
  readonly onWithdraw: () => void;
  readonly onChanged: () => void;
}): JSX.Element {
  const reinstate = useSubmit({
    repeatable: true,
    async send(version: number, idempotencyKey) {
      await courseApi.reinstate(course.id, { version, idempotencyKey });
      onChanged();
    },
  });
  const left = course.days_left === null || !isOpen(course) ? undefined : daysLeftText(course.days_left);
  const { in_vehicle_minutes_booked: booked, in_vehicle_minutes_required: required } = course;
  return (
    <li>
      <div class="record-row-text">
        <p class="record-row-title">
          <strong>{courseName(course)}</strong>
          {isOpen(course) ? (
            <Badge tone="success" shape="circle">
              {courseStatusNames[course.status]}
            </Badge>
          ) : (
            <Badge shape="dotted">{courseStatusNames[course.status]}</Badge>
          )}
          {left !== undefined && <Badge tone={left.tone}>{left.text}</Badge>}
        </p>
        <p class="muted">
          {course.deadline_on === null
            ? `Since ${dayText(course.course_started_on)}`
            : `${dayText(course.course_started_on)} to ${dayText(course.deadline_on)}`}
          {' · '}
          {lengthText(booked)} of {lengthText(required)} in the car booked
        </p>
        {course.status_reason !== null && <p class="muted">{course.status_reason}</p>}
        <FailureBanner failure={reinstate.failure} />
      </div>
      {mayWrite.value && (
        <div class="record-row-actions">
          {isOpen(course) && (
            <>
              <Button size="small" disabledReason={disabledReason.value} onClick={onEdit}>
                Edit
                <span class="visually-hidden"> {courseName(course)}</span>
              </Button>
              <Button size="small" variant="danger-quiet" disabledReason={disabledReason.value} onClick={onWithdraw}>
                Withdraw
                <span class="visually-hidden"> from {courseName(course)}</span>
              </Button>
            </>
          )}
          {(course.status === 'withdrawn' || course.status === 'expired') && (
            <Button
              size="small"
              busy={reinstate.busy}
              disabledReason={reinstate.disabledReason}
              onClick={() => void reinstate.submit(course.version)}
            >
              Reinstate
              <span class="visually-hidden"> {courseName(course)}</span>
            </Button>
          )}
        </div>
      )}
    </li>
  );
}
