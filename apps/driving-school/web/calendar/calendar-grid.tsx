import { announce, Icon } from '@dualbrake/kit';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { CalendarLesson } from '../../contract/calendar.ts';
import { clockText } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import { type Axis, instantAt, rowAt } from './calendar-axis.ts';
import { CalendarColumn } from './calendar-column.tsx';
import { type Column, firstRow } from './calendar-layout.ts';
import { directionOf, lessonAtRow, type Place, placeOf, rowsOfHour, stepped } from './calendar-move.ts';
import { clockTextAt, longDay, shortDay, zoneShort } from './calendar-text.ts';
import type { LessonMover } from './lesson-mover.ts';
import { LiftGhost } from './lift-ghost.tsx';
import { dragLesson, type DragSurface, placeAt } from './pointer-drag.ts';
import { schoolNow } from '../school-clock.ts';

/** Props of `CalendarGrid`. */
interface GridProps {
  readonly axis: Axis;
  readonly columns: readonly Column[];
  readonly today: CalendarDay;
  readonly isWeek: boolean;
  readonly mover: LessonMover;
  /** Whether times can be booked and lessons moved. */
  readonly canChange: boolean;
  /** Identifies the period: another one scrolls to its first lesson. */
  readonly period: string;
  /** The address of a column's other view. */
  readonly headHref: (column: Column) => string | undefined;
  readonly onOpen: (lesson: CalendarLesson) => void;
  readonly onCancel: (lesson: CalendarLesson) => void;
  readonly onBook: (place: Place) => void;
  /** Where columns have the width of the screen: another one is in view. */
  readonly onColumn: (key: string) => void;
}

/** Scrolls to a column, where not all of them fit. */
export function scrollToColumn(index: number): void {
  const pane = document.querySelector('.calendar-pane');
  const column = document.querySelectorAll<HTMLElement>('.calendar-column')[index];
  const times = document.querySelector('.calendar-times');
  if (pane === null || column === undefined || times === null) return;
  pane.scrollTo({ left: column.offsetLeft - times.getBoundingClientRect().width });
}

/** Whether columns have the width of the screen. */
function isOneByOne(pane: HTMLElement): boolean {
  const column = pane.querySelector<HTMLElement>('.calendar-column');
  return column !== null && column.offsetWidth > pane.clientWidth / 2;
}

/** Focuses the calendar: the lesson that is next, or else a free time. */
export function focusCalendar(): void {
  const lessons = [...document.querySelectorAll<HTMLElement>('.calendar-body .lesson')]
    .map((element) => ({ element, startsAt: Number(element.dataset['starts']) }))
    .toSorted((a, b) => a.startsAt - b.startsAt);
  const now = schoolNow.peek();
  const next = (lessons.find(({ startsAt }) => startsAt >= now) ?? lessons[0])?.element;
  (next ?? document.querySelector<HTMLElement>('.calendar-cursor'))?.focus();
}

/** Focuses a lesson after the next render. */
export function focusLesson(lessonId: string): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-lesson="${CSS.escape(lessonId)}"]`)?.focus({ preventScroll: false }),
    ),
  );
}

/** Times, columns, and everything that pointer and keyboard do on them. */
export function CalendarGrid(props: GridProps): JSX.Element {
  const { axis, columns, today, isWeek, mover, canChange, period, headHref } = props;
  const paneRef = useRef<HTMLDivElement>(null);
  const bodyRef = useRef<HTMLDivElement>(null);
  const cursorRef = useRef<HTMLButtonElement>(null);
  const cursor = useSignal<Place>({ column: 0, row: 36 });
  const hovered = useSignal<Place | undefined>(undefined);
  const lastFocused = useRef<string | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  const lessonOf = (element: EventTarget | null): CalendarLesson | undefined => {
    const id =
      element instanceof Element ? element.closest<HTMLElement>('[data-lesson]')?.dataset['lesson'] : undefined;
    if (id === undefined) return undefined;
    for (const { lessons, cancelled } of columns) {
      const box = [...lessons, ...cancelled].find(({ lesson }) => lesson.id === id);
      if (box !== undefined) return box.lesson;
    }
    return undefined;
  };
  const surface = (): DragSurface | undefined => {
    const [pane, body] = [paneRef.current, bodyRef.current];
    return pane === null || body === null ? undefined : { pane, body, columns: columns.length, rows: axis.rows.length };
  };

  // Another day begins at its first lesson, the same day stays where it is.
  const hasColumns = columns.length > 0;
  useLayoutEffect(() => {
    const body = bodyRef.current;
    if (!hasColumns || body === null || paneRef.current === null) return;
    const row = firstRow(columns, axis.rows);
    paneRef.current.scrollTop = (row / axis.rows.length) * body.getBoundingClientRect().height;
    const column = isWeek
      ? Math.max(
          0,
          columns.findIndex(({ day }) => day === today),
        )
      : 0;
    cursor.value = { column, row: Math.min(row + 2, axis.rows.length - 1) };
    if (isWeek && isOneByOne(paneRef.current)) scrollToColumn(column);
  }, [period, hasColumns]);

  // A lesson that someone else has moved to another column takes the focus with it.
  useLayoutEffect(() => {
    const id = lastFocused.current;
    if (id !== undefined && document.activeElement === document.body) {
      bodyRef.current?.querySelector<HTMLElement>(`[data-lesson="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
    }
  }, [columns]);

  useEffect(() => {
    mover.reconcile(columns.flatMap(({ lessons }) => lessons.map(({ lesson }) => lesson)));
  }, [columns]);

  const goTo = (place: Place): void => {
    cursor.value = place;
    const column = columns[place.column];
    if (column === undefined) return;
    const box = lessonAtRow(column, place.row);
    if (box !== undefined) {
      bodyRef.current?.querySelector<HTMLElement>(`[data-lesson="${CSS.escape(box.lesson.id)}"]`)?.focus();
      return;
    }
    const element = cursorRef.current;
    // The same element stays focused, so a screen reader would not read its new name.
    if (document.activeElement === element) announce(spokenTime(column, place, axis, isWeek));
    requestAnimationFrame(() => {
      element?.focus({ preventScroll: true });
      element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const lift = mover.peek();
    const direction = directionOf(event.key);
    if (lift?.by === 'keys') {
      if (direction !== undefined) mover.step(direction, event.shiftKey ? rowsOfHour : 1);
      else if (event.key === 'Enter' || event.key === 'm') void mover.drop();
      else if (event.key === 'Escape' || event.key === 'Tab') mover.putBack();
      else return;
      if (event.key !== 'Tab') event.preventDefault();
      event.stopPropagation();
      return;
    }
    const lesson = lessonOf(event.target);
    const box = lesson === undefined ? undefined : placedBox(columns, lesson.id);
    const place = box ?? cursor.peek();
    const column = columns[place.column];
    if (column === undefined) return;
    if (direction !== undefined) {
      event.preventDefault();
      goTo(nextPlace(place, box?.bottom, direction, columns, event.shiftKey ? rowsOfHour : 1));
    } else if (event.key === 'PageUp' || event.key === 'PageDown' || event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      const found = lessonRow(column, place.row, event.key);
      if (found !== undefined) goTo({ column: place.column, row: found });
    } else if (event.key === 'm' && lesson !== undefined && canChange && lesson.status === 'booked') {
      event.preventDefault();
      event.stopPropagation();
      mover.start(lesson, 'keys');
    } else if (event.key === 'Delete' && lesson !== undefined && canChange && lesson.status === 'booked') {
      event.preventDefault();
      props.onCancel(lesson);
    }
  };

  const onPointerDown = (event: PointerEvent): void => {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('.lesson') : null;
    const lesson = lessonOf(element);
    const on = surface();
    // Fingers scroll; they move a lesson with the form.
    if (event.button !== 0 || event.pointerType === 'touch' || element === null || on === undefined) return;
    if (lesson?.status !== 'booked' || !canChange) return;
    dragLesson(event, element, on, {
      begin() {
        hovered.value = undefined;
        mover.start(lesson, 'pointer');
        return mover.peek() !== undefined;
      },
      over: (place) => mover.hover(place),
      drop: () => void mover.drop(),
      cancel: () => mover.putBack(),
    });
  };
  const freePlaceAt = (event: MouseEvent): Place | undefined => {
    const on = surface();
    const isOnLesson = event.target instanceof Element && event.target.closest('button, a, .calendar-times') !== null;
    if (!canChange || isOnLesson || on === undefined) return undefined;
    const at = placeAt(on, event.clientX, event.clientY);
    if (at === undefined) return undefined;
    const place = { column: at.column, row: Math.floor(at.row) };
    const track = columns[place.column]?.track;
    return track === undefined || instantAt(track, place.row) === null ? undefined : place;
  };

  const drawn = useMemo(
    () =>
      columns.map((column, index) => (
        <CalendarColumn
          key={column.key}
          column={column}
          index={index}
          rows={axis.rows}
          zone={axis.zone}
          label={columnLabel(column, isWeek)}
          isToday={isWeek && column.day === today}
        />
      )),
    [columns, axis, isWeek, today],
  );

  return (
    <div
      ref={paneRef}
      class="calendar-pane"
      data-week={isWeek ? '' : undefined}
      style={{ '--columns': columns.length }}
      onScrollEnd={({ currentTarget: pane }) => {
        const index = Math.round((pane.scrollLeft / pane.scrollWidth) * columns.length);
        const column = columns[Math.min(index, columns.length - 1)];
        if (column !== undefined && isOneByOne(pane)) props.onColumn(column.key);
      }}
    >
      <div class="calendar-heads">
        <div class="calendar-corner">
          <span>{zoneShort((axis.days[0]?.to ?? 1) - 1, axis.zone)}</span>
        </div>
        {columns.map((column) => (
          <ColumnHead
            key={column.key}
            column={column}
            isWeek={isWeek}
            isToday={column.day === today}
            href={headHref(column)}
          />
        ))}
      </div>
      <div
        ref={bodyRef}
        class="calendar-body"
        role="group"
        aria-label={`Lessons. Arrow keys go from time to time${canChange ? ', m lifts a lesson' : ''}`}
        style={{ height: `${axis.rows.length}rem` }}
        onKeyDown={onKeyDown}
        onFocusIn={(event) => {
          const lesson = lessonOf(event.target);
          lastFocused.current = lesson?.id;
          const place = lesson === undefined ? undefined : placeOf(lesson.id, columns);
          if (place !== undefined) cursor.value = place;
        }}
        onFocusOut={(event) => {
          if (event.relatedTarget !== null) lastFocused.current = undefined;
        }}
        onPointerDown={onPointerDown}
        onPointerMove={(event) => {
          if (event.pointerType !== 'mouse' || mover.peek() !== undefined) return;
          const place = freePlaceAt(event);
          const before = hovered.peek();
          if (place?.column !== before?.column || place?.row !== before?.row) hovered.value = place;
        }}
        onPointerLeave={() => (hovered.value = undefined)}
        onClick={(event) => {
          const lesson = lessonOf(event.target);
          const place = freePlaceAt(event);
          if (lesson !== undefined) props.onOpen(lesson);
          else if (place !== undefined) props.onBook(place);
        }}
      >
        <Times axis={axis} />
        {drawn}
        <NowLine axis={axis} columns={columns} isWeek={isWeek} />
        {canChange && <HoverMark hovered={hovered} columns={columns} axis={axis} />}
        <CursorButton
          buttonRef={cursorRef}
          cursor={cursor}
          axis={axis}
          columns={columns}
          isWeek={isWeek}
          onBook={canChange ? props.onBook : undefined}
        />
        <LiftGhost mover={mover} columns={columns} zone={axis.zone} />
        <LiftedMark mover={mover} />
      </div>
    </div>
  );
}

function ColumnHead({
  column,
  isWeek,
  isToday,
  href,
}: {
  readonly column: Column;
  readonly isWeek: boolean;
  readonly isToday: boolean;
  readonly href: string | undefined;
}): JSX.Element {
  const text = isWeek ? shortDay(column.day) : column.name;
  const count = column.lessons.length;
  return (
    <div class="calendar-head" data-today={isWeek && isToday ? '' : undefined}>
      {href === undefined ? (
        <strong title={text}>{text}</strong>
      ) : (
        <a href={href} title={text}>
          {text}
        </a>
      )}
      <span class="muted">{count === 0 ? 'no lessons' : count === 1 ? '1 lesson' : `${count} lessons`}</span>
    </div>
  );
}

function Times({ axis }: { readonly axis: Axis }): JSX.Element {
  const { rows, zone } = axis;
  const repeatedAt = rows.find(({ isRepeated }) => isRepeated)?.minute;
  return (
    <div class="calendar-times" aria-hidden="true">
      {rows.map(({ minute, isRepeated }, row) => {
        if (minute % 60 !== 0 || row === 0) return null;
        const instants = axis.days.map(({ instants: all }) => all[row]).filter((each) => typeof each === 'number');
        // Both passes of the repeated hour are named by their zone.
        const isDoubled = minute === repeatedAt;
        const instant = instants.at(-1);
        return (
          <span key={`${minute} ${isRepeated}`} style={{ top: `${row}rem` }}>
            {clockText(minute)}
            {isDoubled && instant !== undefined && <small>{zoneShort(instant, zone)}</small>}
          </span>
        );
      })}
    </div>
  );
}

function NowLine({
  axis,
  columns,
  isWeek,
}: {
  readonly axis: Axis;
  readonly columns: readonly Column[];
  readonly isWeek: boolean;
}): JSX.Element | null {
  const now = schoolNow.value;
  const day = axis.days.findIndex(({ from, to }) => from <= now && now < to);
  const track = axis.days[day];
  if (track === undefined || columns.length === 0) return null;
  const gridColumn = isWeek ? day + 2 : '2 / -1';
  return <div class="now-line" aria-hidden="true" style={{ gridColumn, top: `${rowAt(track, now)}rem` }} />;
}

function HoverMark({
  hovered,
  columns,
  axis,
}: {
  readonly hovered: { readonly value: Place | undefined };
  readonly columns: readonly Column[];
  readonly axis: Axis;
}): JSX.Element | null {
  const place = hovered.value;
  const track = place === undefined ? undefined : columns[place.column]?.track;
  const instant = track === undefined || place === undefined ? null : instantAt(track, place.row);
  if (place === undefined || instant === null) return null;
  return (
    <div class="hover-mark" aria-hidden="true" style={{ gridColumn: place.column + 2, top: `${place.row}rem` }}>
      <Icon name="plus" />
      {clockTextAt(instant, axis.zone)}
    </div>
  );
}

/** The one element for all free times: it moves to where the arrow keys go. */
function CursorButton({
  buttonRef,
  cursor,
  axis,
  columns,
  isWeek,
  onBook,
}: {
  readonly buttonRef: { current: HTMLButtonElement | null };
  readonly cursor: { readonly value: Place };
  readonly axis: Axis;
  readonly columns: readonly Column[];
  readonly isWeek: boolean;
  readonly onBook: ((place: Place) => void) | undefined;
}): JSX.Element | null {
  const { row, column: at } = cursor.value;
  const place = { column: Math.min(at, columns.length - 1), row };
  const column = columns[place.column];
  if (column === undefined) return null;
  const spoken = spokenTime(column, place, axis, isWeek);
  return (
    <button
      ref={buttonRef}
      type="button"
      class="calendar-cursor"
      aria-label={onBook === undefined ? spoken : `Book ${spoken}`}
      style={{ gridColumn: place.column + 2, top: `${place.row}rem` }}
      onClick={(event) => {
        event.stopPropagation();
        onBook?.(place);
      }}
    />
  );
}

/** Marks the lesson that is in the air at the place that it came from. Sets an attribute, so that no column is drawn again. */
function LiftedMark({ mover }: { readonly mover: LessonMover }): null {
  const id = mover.lift?.lesson.id;
  useLayoutEffect(() => {
    if (id === undefined) return undefined;
    const element = document.querySelector(`[data-lesson="${CSS.escape(id)}"]`);
    element?.setAttribute('data-lifted', '');
    return () => element?.removeAttribute('data-lifted');
  }, [id]);
  return null;
}

function columnLabel(column: Column, isWeek: boolean): string {
  const count = column.lessons.length === 1 ? '1 lesson' : `${column.lessons.length} lessons`;
  return `${isWeek ? longDay(column.day) : column.name}, ${count}`;
}

function spokenTime(column: Column, place: Place, axis: Axis, isWeek: boolean): string {
  const instant = instantAt(column.track, place.row);
  const time = instant === null ? 'no such time' : clockTextAt(instant, axis.zone);
  return `${time}, ${isWeek ? longDay(column.day) : column.name}`;
}

function placedBox(columns: readonly Column[], id: string): (Place & { readonly bottom: number }) | undefined {
  const place = placeOf(id, columns);
  const column = place === undefined ? undefined : columns[place.column];
  const box = [...(column?.lessons ?? []), ...(column?.cancelled ?? [])].find(({ lesson }) => lesson.id === id);
  return place === undefined || box === undefined ? undefined : { ...place, bottom: Math.ceil(box.bottom) };
}

/** The place that an arrow key leads to: past the lesson, or one step further. */
function nextPlace(
  place: Place,
  bottom: number | undefined,
  direction: 'up' | 'down' | 'left' | 'right',
  columns: readonly Column[],
  rows: number,
): Place {
  if (direction === 'down' && bottom !== undefined) {
    return stepped({ column: place.column, row: bottom - 1 }, 'down', columns, rows);
  }
  return stepped(place, direction, columns, rows);
}

/** The row of the lesson that a key leads to in its column. */
function lessonRow({ lessons }: Column, row: number, key: 'PageUp' | 'PageDown' | 'Home' | 'End'): number | undefined {
  const tops = lessons.map(({ top }) => Math.floor(top));
  switch (key) {
    case 'Home':
      return tops[0];
    case 'End':
      return tops.at(-1);
    case 'PageUp':
      return tops.findLast((top) => top < row);
    case 'PageDown':
    default:
      return tops.find((top) => top > row);
  }
}
