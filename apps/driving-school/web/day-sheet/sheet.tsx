import type { JSX } from 'preact';
import type { DaySheetLesson } from '../../contract/calendar.ts';
import { lessonTypeNames } from '../lesson-type-names.ts';
import { courseLines, lengthText, longDayText, phoneText, timesText, totalText } from './day-sheet-text.ts';

/** One instructor's lessons of a day: a page on paper. */
export function Sheet({
  day,
  instructor,
  lessons,
  source,
}: {
  readonly day: string;
  readonly instructor: string;
  readonly lessons: readonly DaySheetLesson[];
  readonly source: string;
}): JSX.Element {
  return (
    <section class="sheet" aria-label={instructor}>
      <header class="sheet-header">
        <div>
          <h2>{instructor}</h2>
          <p>
            <strong>{longDayText(day)}</strong> · {totalText(lessons)}
          </p>
        </div>
        <p class="sheet-source">{source}</p>
      </header>
      <ol class="sheet-lessons">
        {lessons.map((lesson) => (
          <Lesson key={lesson.id} lesson={lesson} />
        ))}
      </ol>
      <footer class="sheet-blanks">
        <Blank label="Instructor’s signature" />
        <Blank label="Car checked at" />
      </footer>
    </section>
  );
}

function Lesson({ lesson }: { readonly lesson: DaySheetLesson }): JSX.Element {
  const { student, status } = lesson;
  const { emergency_contact: emergency } = student;
  return (
    <li class="sheet-lesson">
      <div>
        <strong class="sheet-time">{timesText(lesson)}</strong>
        <span>{lengthText(lesson.minutes)}</span>
        <span class="sheet-code">{lesson.short_code}</span>
      </div>
      <div>
        <strong>
          {student.name}
          {student.licence_class === 'none' ? '' : ` (${student.licence_class})`}
        </strong>
        <span class="sheet-number">{phoneText(student.phone, student.phone_extension)}</span>
        <span>
          {emergency === null
            ? 'No emergency contact'
            : `Emergency: ${emergency.name}${emergency.relation === null ? '' : ` (${emergency.relation})`}, `}
          {emergency !== null && <span class="sheet-number">{phoneText(emergency.telephone)}</span>}
        </span>
      </div>
      <div>
        <span>Pickup: {lesson.pickup ?? lesson.location_name}</span>
        <span>Drop-off: {lesson.drop_off ?? lesson.pickup ?? lesson.location_name}</span>
        <span>Car: {lesson.vehicle_name ?? 'none'}</span>
      </div>
      <div>
        <strong>{lessonTypeNames[lesson.type]}</strong>
        {lesson.reference_number !== null && <span>Reference {lesson.reference_number}</span>}
        {courseLines(lesson).map((line) => (
          <span key={line}>{line}</span>
        ))}
        {status === 'done' && <span>Done</span>}
        {status === 'no_show' && <span>Student did not come</span>}
      </div>
      {lesson.notes !== null && <p class="sheet-notes">{lesson.notes}</p>}
      <div class="sheet-blanks">
        <Blank label="Odometer start" />
        <Blank label="End" />
        <Blank label="Student’s signature" />
      </div>
    </li>
  );
}

/** A line to write on. */
function Blank({ label }: { readonly label: string }): JSX.Element {
  return (
    <span class="sheet-blank">
      <span>{label}</span>
      <span class="sheet-rule" />
    </span>
  );
}
