import { Badge, Button, Card } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Enrolment } from '../../contract/enrolments.ts';
import type { StudentLesson, StudentLessonList } from '../../contract/student-lessons.ts';
import type { Student } from '../../contract/students.ts';
import type { Resource } from '../platform/resource.ts';
import { ResourceView } from '../platform/resource-view.tsx';
import { lessonTypeNames } from '../lesson-type-names.ts';
import { mayWrite } from '../session.ts';
import { lessonHref } from '../search/search-text.ts';
import { lessonStatusNames, lessonTimeText } from './course-text.ts';
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
          data.length === 0 && (
            <p class="record-empty muted">
              No lessons yet.
              {mayWrite.value &&
                student.status === 'active' &&
                ' Book the next one or plan the whole course at the top of this page.'}
            </p>
          )
        }
      >
        {({ data, as_of }) => <LessonGroups lessons={data} asOf={as_of} />}
      </ResourceView>
    </Card>
  );
}

function LessonGroups({
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
        <LessonGroup title="Upcoming" lessons={ahead} />
      ) : (
        <p class="lesson-group muted">No upcoming lessons.</p>
      )}
      {shown.length > 0 && <LessonGroup title="Past and cancelled" lessons={shown} />}
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

/** A group of lessons. Each leads to its day in the calendar, where it is moved or cancelled. */
function LessonGroup({
  title,
  lessons,
}: {
  readonly title: string;
  readonly lessons: readonly StudentLesson[];
}): JSX.Element {
  const titleId = useId();
  return (
    <>
      <h3 class="lesson-group" id={titleId}>
        {title}
      </h3>
      <ul class="record-rows" aria-labelledby={titleId}>
        {lessons.map((lesson) => (
          <li key={lesson.id}>
            <div class="record-row-text">
              <p class="record-row-title">
                <a class="numbers" href={lessonHref(lesson)}>
                  {lessonTimeText(lesson)}
                </a>
                <LessonStatus lesson={lesson} />
                <code class="muted">{lesson.short_code}</code>
              </p>
              <p class="muted">
                {[lessonTypeNames[lesson.type], lesson.instructor_name, lesson.vehicle_name]
                  .filter((part) => part !== null)
                  .join(' · ')}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function LessonStatus({ lesson: { status } }: { readonly lesson: StudentLesson }): JSX.Element {
  const isFine = status === 'booked' || status === 'done';
  return <Badge tone={isFine ? 'success' : 'neutral'}>{lessonStatusNames[status]}</Badge>;
}
