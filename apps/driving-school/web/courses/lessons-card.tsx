import { Badge, Button, Card, type Column, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Enrolment } from '../../contract/enrolments.ts';
import type { StudentLesson, StudentLessonList } from '../../contract/student-lessons.ts';
import type { Student } from '../../contract/students.ts';
import type { Resource } from '../platform/resource.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import { mayWrite } from '../session.ts';
import { lessonStatusNames, lessonTimeText, lessonTypeNames } from './course-text.ts';
import { lessonActions } from './lesson-actions.ts';
import './courses.css';

/** Past lessons that are shown before "Show all". */
const pastShown = 5;

/** The lessons of a student: those to come, the next first, then the others, the latest first. */
export function LessonsCard({
  student,
  courses,
  lessons,
  onBooked,
}: {
  readonly student: Student;
  readonly courses: readonly Enrolment[] | undefined;
  readonly lessons: Resource<StudentLessonList>;
  readonly onBooked: () => void;
}): JSX.Element {
  return (
    <Card
      title="Lessons"
      flush
      actions={
        mayWrite.value &&
        lessonActions.length > 0 &&
        lessonActions.map((Action, index) => (
          <Action key={index} student={student} courses={courses} onBooked={onBooked} />
        ))
      }
    >
      <ResourceView
        resource={lessons}
        name="The lessons"
        empty={({ data }) =>
          data.length === 0 && <p class="record-empty muted">No lessons yet. They appear here once they are booked.</p>
        }
      >
        {({ data, as_of }) => <LessonTables lessons={data} asOf={as_of} />}
      </ResourceView>
    </Card>
  );
}

function LessonTables({
  lessons,
  asOf,
}: {
  readonly lessons: readonly StudentLesson[];
  /** By the school's clock. */
  readonly asOf: string;
}): JSX.Element {
  const [isAll, setIsAll] = useState(false);
  const isAhead = ({ status, ends_at }: StudentLesson): boolean => status === 'booked' && ends_at > asOf;
  const ahead = lessons.filter(isAhead).toReversed();
  const others = lessons.filter((lesson) => !isAhead(lesson));
  const shown = isAll ? others : others.slice(0, pastShown);
  return (
    <>
      {ahead.length > 0 ? (
        <LessonTable caption="Upcoming" lessons={ahead} />
      ) : (
        <p class="lesson-group muted">No upcoming lessons.</p>
      )}
      {shown.length > 0 && <LessonTable caption="Past and cancelled" lessons={shown} />}
      {shown.length < others.length && (
        <div class="lessons-card-more">
          <Button size="small" onClick={() => setIsAll(true)}>
            Show all {others.length}
          </Button>
        </div>
      )}
    </>
  );
}

function LessonTable({
  caption,
  lessons,
}: {
  readonly caption: string;
  readonly lessons: readonly StudentLesson[];
}): JSX.Element {
  return (
    <>
      <h3 class="lesson-group">{caption}</h3>
      <Table caption={`${caption} lessons`} columns={columns} rows={lessons} rowKey={({ id }) => id} width={36} />
    </>
  );
}

const columns: readonly Column<StudentLesson>[] = [
  { key: 'when', header: 'When', cell: (lesson) => <span class="numbers">{lessonTimeText(lesson)}</span> },
  { key: 'type', header: 'Lesson', cell: ({ type }) => lessonTypeNames[type], plain: true },
  {
    key: 'with',
    header: 'With',
    cell: ({ instructor_name, vehicle_name }) =>
      vehicle_name === null ? instructor_name : `${instructor_name} · ${vehicle_name}`,
    plain: true,
  },
  {
    key: 'status',
    header: 'Status',
    fit: true,
    plain: true,
    cell: ({ status, short_code }) => (
      <span class="record-row-title">
        {status === 'booked' || status === 'done' ? (
          <Badge tone="success">{lessonStatusNames[status]}</Badge>
        ) : (
          <Badge>{lessonStatusNames[status]}</Badge>
        )}
        <code>{short_code}</code>
      </span>
    ),
  },
];
