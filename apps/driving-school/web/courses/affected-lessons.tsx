import { Banner, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useResource } from '../platform/use-resource.ts';
import { courseApi } from './course-api.ts';
import { lessonTimeText } from './course-text.ts';

/** Names the booked lessons that a change breaks. They stay booked until someone moves or cancels them. */
export function AffectedLessons({
  studentId,
  ids,
  title,
}: {
  readonly studentId: string;
  readonly ids: readonly string[];
  /** Completes "2 booked lessons ...". */
  readonly title: string;
}): JSX.Element {
  const lessons = useResource((signal) => courseApi.lessons(studentId, signal));
  const known = new Map(lessons.value?.data.map((lesson) => [lesson.id, lesson]));
  return (
    <Banner
      tone="warning"
      role="alert"
      title={`${ids.length === 1 ? 'One booked lesson' : `${ids.length} booked lessons`} ${title}`}
    >
      <ul>
        {ids.map((id) => {
          const lesson = known.get(id);
          if (lesson === undefined) {
            return <li key={id}>{lessons.loading ? <Skeleton width="60%" /> : 'A later lesson'}</li>;
          }
          return (
            <li key={id}>
              <span class="numbers">{lessonTimeText(lesson)}</span> with {lesson.instructor_name} ({lesson.short_code})
            </li>
          );
        })}
      </ul>
      <p>They stay booked. Move or cancel them afterwards.</p>
    </Banner>
  );
}
