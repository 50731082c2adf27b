/** The answer of the calendar after an own change, before it is read again. Pure. */
import type { Calendar, CalendarLesson, CalendarRow } from '../../contract/calendar.ts';
import type { Lesson } from '../../contract/lessons.ts';

/** The lessons of an answer. */
export function lessonsOf({ data }: Pick<Calendar, 'data'>): CalendarLesson[] {
  return data.flatMap(({ lessons }) => lessons);
}

/** Puts a changed lesson into its row. A lesson that the answer doesn't have is left out: its names are not known. */
export function withLesson<Answer extends Pick<Calendar, 'data'>>(answer: Answer, changed: Lesson): Answer {
  const known = lessonsOf(answer).find(({ id }) => id === changed.id);
  if (known === undefined) return answer;
  const nameOf = (matches: (row: CalendarRow) => boolean): string | undefined => answer.data.find(matches)?.name;
  const lesson: CalendarLesson = {
    ...known,
    ...changed,
    instructor_name: nameOf(({ instructor_id: id }) => id === changed.instructor_id) ?? known.instructor_name,
    vehicle_name:
      changed.vehicle_id === known.vehicle_id
        ? known.vehicle_name
        : (nameOf(({ vehicle_id: id }) => id !== null && id === changed.vehicle_id) ?? null),
  };
  return {
    ...answer,
    data: answer.data.map((row) => {
      const others = row.lessons.filter(({ id }) => id !== changed.id);
      const isItsRow =
        row.instructor_id === null ? row.vehicle_id === lesson.vehicle_id : row.instructor_id === lesson.instructor_id;
      if (!isItsRow) return others.length === row.lessons.length ? row : { ...row, lessons: others };
      return { ...row, lessons: [...others, lesson] };
    }),
  };
}
