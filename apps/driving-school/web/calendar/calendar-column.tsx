import { Icon } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { AxisRow } from './calendar-axis.ts';
import type { Block, Column, LessonBox, Span } from './calendar-layout.ts';
import { clocksDiffer, lessonTypeShort, spokenLesson, statusNames, timesOf, zoneShort } from './calendar-text.ts';

/** Rows below which a box has one line of text, or two, and from which it has four. */
const oneLineRows = 2.5;
const twoLineRows = 3.5;
const fourLineRows = 5;

/** One column of the calendar: an instructor or a car on one day. */
export function CalendarColumn({
  column,
  index,
  rows,
  zone,
  label,
  isToday,
}: {
  readonly column: Column;
  readonly index: number;
  readonly rows: readonly AxisRow[];
  readonly zone: string;
  /** The accessible name. */
  readonly label: string;
  readonly isToday: boolean;
}): JSX.Element {
  const { lessons, cancelled, blocks, offHours, closed } = column;
  return (
    <section
      class="calendar-column"
      aria-label={label}
      data-today={isToday ? '' : undefined}
      data-closed={closed === undefined ? undefined : ''}
      style={{ gridColumn: index + 2 }}
    >
      {offHours.map((span) => (
        <div key={span.top} class="off-hours" style={placeOfSpan(span)} />
      ))}
      {missingRows(column, rows).map((span) => (
        <div key={span.top} class="missing-rows" style={placeOfSpan(span)} />
      ))}
      {closed !== undefined && (
        <p class="closed-label">
          <span>Closed: {closed}</span>
        </p>
      )}
      {blocks.map((block) => (
        <BlockView key={`${block.kind} ${block.id}`} block={block} />
      ))}
      <ul class="calendar-lessons">
        {lessons.map((box) => (
          <LessonView key={box.lesson.id} box={box} column={column} zone={zone} />
        ))}
        {cancelled
          .filter(({ lane }) => lane < cancelledLanesMax)
          .map((box) => (
            <CancelledView key={box.lesson.id} box={box} column={column} />
          ))}
      </ul>
    </section>
  );
}

function placeOfSpan({ top, bottom }: Span): { readonly top: string; readonly height: string } {
  return { top: `${top}rem`, height: `${bottom - top}rem` };
}

/** Rows of the axis that the day doesn't have: the skipped hour, or the repeated hour of another day. */
function missingRows({ track }: Column, rows: readonly AxisRow[]): Span[] {
  const spans: { top: number; bottom: number }[] = [];
  for (const row of rows.keys()) {
    if (track.instants[row] !== null) continue;
    const last = spans.at(-1);
    if (last?.bottom === row) last.bottom = row + 1;
    else spans.push({ top: row, bottom: row + 1 });
  }
  return spans;
}

function BlockView({ block }: { readonly block: Block }): JSX.Element {
  const label = block.kind === 'class' ? `Class: ${block.label}` : block.label === '' ? 'Away' : `Away: ${block.label}`;
  return (
    <div class="calendar-block" data-kind={block.kind} style={placeOfSpan(block)}>
      <span>{label}</span>
    </div>
  );
}

function LessonView({
  box,
  column,
  zone,
}: {
  readonly box: LessonBox;
  readonly column: Column;
  readonly zone: string;
}): JSX.Element {
  const { lesson, top, bottom, tail, lane, lanes } = box;
  const height = bottom - top;
  const start = Date.parse(lesson.starts_at);
  const lines = height < oneLineRows ? 1 : height < twoLineRows ? 2 : 3;
  const otherZone = clocksDiffer(start, lesson.time_zone, zone) ? ` ${zoneShort(start, lesson.time_zone)}` : '';
  const who = column.vehicleId === null ? lesson.vehicle_name : lesson.instructor_name;
  return (
    <li
      class="lesson-place"
      style={{ ...placeOfSpan(box), left: `${(lane / lanes) * 100}%`, width: `${100 / lanes}%` }}
      data-type={lesson.type}
    >
      <button
        type="button"
        class="lesson"
        data-lesson={lesson.id}
        data-starts={start}
        data-status={lesson.status}
        data-lines={lines}
        aria-label={spokenLesson(lesson, column.name)}
        title={[lesson.student_name, timesOf(lesson), who].filter((part) => part !== null).join(' · ')}
        aria-keyshortcuts="m"
      >
        <span class="lesson-name">
          {lesson.status === 'done' && <Icon name="check" />}
          {lesson.status === 'no_show' && <Icon name="danger" />}
          {lesson.student_name}
        </span>
        <span class="lesson-time">
          {lines === 1 ? timesOf(lesson).slice(0, 5) : timesOf(lesson)}
          {otherZone}
        </span>
        {lines > 2 && (
          <span class="lesson-more">
            {lesson.status === 'booked' || lesson.status === 'done' ? '' : `${statusNames[lesson.status]} · `}
            {lessonTypeShort[lesson.type]} · {lesson.short_code}
          </span>
        )}
        {height >= fourLineRows && who !== null && <span class="lesson-more">{who}</span>}
        {lesson.overrides.length > 0 && <span class="lesson-mark" />}
      </button>
      {tail > 0 && <div class="lesson-tail" style={{ height: `${tail}rem` }} />}
    </li>
  );
}

/** Marks of cancelled lessons side by side: more would cover the next column. The student's page lists all of them. */
const cancelledLanesMax = 4;

/** A cancelled lesson: a narrow mark at the edge, which opens it. */
function CancelledView({ box, column }: { readonly box: LessonBox; readonly column: Column }): JSX.Element {
  const { lesson, lane } = box;
  return (
    <li class="cancelled-place" style={{ ...placeOfSpan(box), right: `${lane * 1.5}rem` }}>
      <button
        type="button"
        class="cancelled-lesson"
        data-lesson={lesson.id}
        aria-label={spokenLesson(lesson, column.name)}
        title={`Cancelled: ${lesson.student_name}, ${timesOf(lesson)}`}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
