import {
  announce,
  Banner,
  Button,
  EmptyState,
  LinkButton,
  notify,
  PageHeader,
  ProgressLine,
  singleKeyShortcuts,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Calendar, CalendarLesson } from '../../contract/calendar.ts';
import type { Lesson, LessonMove } from '../../contract/lessons.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { CopyAge } from '../copy-age.tsx';
import { type Failure, failureOf, isOutage, saveFailureOf } from '../failure.ts';
import { currentSearch, navigationCount, rewriteAddress } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { disabledReason, mayWrite, user } from '../session.ts';
import { instructorsFor } from '../students/instructors.ts';
import { BookingDialog, type BookingStart, type DialogContext } from './booking-dialog.tsx';
import { overridesOf, type Reasons, withOverrides } from './booking-draft.ts';
import { addressOf, type CalendarView, daysOf, steppedView, viewOf } from './calendar-address.ts';
import { buildAxis, clockChange, instantAt } from './calendar-axis.ts';
import { CalendarGrid, focusCalendar, focusLesson, scrollToColumn } from './calendar-grid.tsx';
import { type Column, layOut } from './calendar-layout.ts';
import { nextBusyRow, type Place } from './calendar-move.ts';
import { lessonsOf, withLesson } from './calendar-patch.ts';
import { clockTextAt, clocksDiffer, longDay, monthDay, shortDay, weekText, zoneLong } from './calendar-text.ts';
import { CalendarToolbar } from './calendar-toolbar.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { CancelDialog, LessonDialog, type LessonMode, MoveDialog, ReasonsDialog } from './lesson-dialog.tsx';
import { LessonMover, type PendingMove } from './lesson-mover.ts';
import { schoolNow, setSchoolClock, watchClock } from '../school-clock.ts';
import { todayAt } from './school-day.ts';
import { type ServerRefusal, serverRefusalOf } from './server-refusal.ts';
import { Worlds } from './worlds.ts';
import './calendar.css';

/** Between quiet refreshes while the page is visible, in milliseconds. */
const refreshMs = 30_000;
/** The usual length of a lesson, in minutes. */
const usualMinutes = 60;
const rowMinutes = 15;

type OpenDialog =
  | { readonly kind: 'book'; readonly start: BookingStart }
  | {
      readonly kind: 'lesson';
      readonly lessonId: string;
      readonly mode: LessonMode;
      /** A move that the server refused. */
      readonly change?: LessonMove;
      readonly refusal?: ServerRefusal;
    }
  | { readonly kind: 'reasons'; readonly move: PendingMove; readonly settle: (made: boolean) => void }
  | { readonly kind: 'keys' };

/** A change that `u` undoes. */
interface LastChange {
  readonly lesson: Lesson;
  readonly name: string;
}

/** The calendar: where the office books, moves and cancels lessons, and where instructors see their week. */
export function CalendarPage(): JSX.Element {
  const role = user.value?.role;
  const ownWeekOnly = role === 'instructor';
  const [asked, setAsked] = useState<CalendarView>(() => viewOf(currentSearch(), ''));
  const [dialog, setDialog] = useState<OpenDialog | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [lastChange, setLastChange] = useState<LastChange | undefined>(undefined);
  const [worlds] = useState(() => new Worlds());
  useEffect(watchClock, []);
  useEffect(() => setAsked(viewOf(currentSearch(), '')), [navigationCount.value]);

  const [knownZone, setKnownZone] = useState('America/Toronto');
  const today = todayAt(knownZone);
  const { value: instructors = [] } = useResource(
    async (signal) => {
      if (role === undefined) return undefined;
      try {
        return await instructorsFor(role, signal);
      } catch (error) {
        if (!isOutage(failureOf(error))) throw error;
        // During an outage, the copy of the calendar names them.
        return instructorsOfCalendar(today, signal);
      }
    },
    [role],
  );
  const view = shownView(asked, { today, instructors, ownId: ownWeekOnly ? (user.value?.id ?? '') : undefined });
  const days = daysOf(view);
  const [from = today, to = today] = [days[0], days.at(-1)];
  const key = JSON.stringify([
    from,
    to,
    view.view,
    view.by,
    view.view === 'week' ? view.instructorId : '',
    view.locationId,
  ]);
  const calendar = useResource<Calendar | undefined>(
    async (signal) => {
      if (view.view === 'week' && view.instructorId === '') return undefined;
      const answer = await api.calendar(
        {
          from,
          to,
          by: view.view === 'week' ? 'instructor' : view.by,
          include: 'cancelled',
          ...(view.view === 'week' && { instructor_id: view.instructorId }),
          ...(view.locationId !== '' && { location_id: view.locationId }),
        },
        signal,
      );
      if (!answer.stale) setSchoolClock(answer.as_of);
      return answer;
    },
    [key],
    { pollMs: refreshMs },
  );
  const answer = calendar.value;
  const locations = (answer?.locations ?? []).filter(({ status }) => status === 'active');
  const schoolZone = locations[0]?.time_zone ?? knownZone;
  const zone = locations.find(({ id }) => id === view.locationId)?.time_zone ?? schoolZone;
  useEffect(() => setKnownZone(schoolZone), [schoolZone]);
  // Facts of a booking are as old as the calendar at most.
  useEffect(() => worlds.forget(), [answer]);

  const axis = useMemo(() => buildAxis(days, zone), [days.join(), zone]);
  const columns = useMemo(
    () => (answer === undefined ? [] : layOut({ calendar: answer, axis, locationId: view.locationId })),
    [answer, axis, view.locationId],
  );
  const lessons = useMemo(() => (answer === undefined ? [] : lessonsOf(answer)), [answer]);

  const closedBecause =
    disabledReason.value ??
    (answer?.stale === true
      ? 'This is a copy. Lessons can’t be booked or moved until the database answers again.'
      : undefined);
  const isEditor = mayWrite.value;
  const canChange = isEditor && closedBecause === undefined;

  const context: DialogContext = {
    worlds,
    locations,
    instructors,
    zone,
    lessons,
  };

  const show = (next: CalendarView): void => {
    setFailure(undefined);
    setAsked(next);
    rewriteAddress(addressOf(next));
  };
  const goToday = (): void => {
    const next = { ...view, date: today };
    show(next);
  };

  /** Shows the outcome of a change immediately, offers Undo, and reads the calendar again. */
  const changed = (lesson: Lesson, name: string, text: string): void => {
    setFailure(undefined);
    setDialog(undefined);
    worlds.forget();
    const current = calendar.value;
    if (current !== undefined) calendar.set(withLesson(current, lesson));
    void calendar.load();
    const change = lesson.undo_until === null ? undefined : { lesson, name };
    setLastChange(change);
    notify(text, change === undefined ? {} : { action: { label: 'Undo', run: () => void undo(change) } });
    focusLesson(lesson.id);
  };
  const failed = (error: unknown): void => {
    worlds.forget();
    setFailure(saveFailureOf(error, { repeatable: true }));
    void calendar.load();
  };
  const undo = async ({ lesson, name }: LastChange): Promise<void> => {
    try {
      const { data } = await api.undoLesson(lesson.id, {
        version: lesson.version,
        idempotencyKey: newIdempotencyKey(),
      });
      changed({ ...data, undo_until: null }, name, `Undone: ${name}.`);
    } catch (error) {
      setLastChange(undefined);
      failed(error);
    }
  };

  const sendMove = async ({ lesson, change, refusals }: PendingMove, reasons: Reasons = {}): Promise<boolean> => {
    try {
      const body = withOverrides(change, overridesOf(refusals, reasons));
      const conditions = { version: lesson.version, idempotencyKey: newIdempotencyKey() };
      const { data } = await api.moveLesson(lesson.id, body, conditions);
      changed(data, lesson.student_name, movedText(data, lesson.student_name));
      return true;
    } catch (error) {
      const refusal = serverRefusalOf(error);
      worlds.forget();
      void calendar.load();
      if (refusal === undefined) {
        setDialog(undefined);
        failed(error);
      } else {
        setDialog({ kind: 'lesson', lessonId: lesson.id, mode: 'move', change, refusal });
        announce(`Refused. ${refusal.detail}`);
      }
      return false;
    }
  };

  const latest = useRef({ columns, zone, view, from, to, sendMove });
  latest.current = { columns, zone, view, from, to, sendMove };
  const [mover] = useState(
    () =>
      new LessonMover({
        columns: () => latest.current.columns,
        zone: () => latest.current.zone,
        world: (lesson) => worlds.of(lesson.student_id, lesson.enrolment_id, latest.current.from, latest.current.to),
        send: (move) => latest.current.sendMove(move),
        askReasons: (move) =>
          new Promise((resolve) => {
            setDialog({
              kind: 'reasons',
              move,
              settle(made) {
                setDialog((open) => (open?.kind === 'reasons' ? undefined : open));
                resolve(made);
                if (!made) focusLesson(move.lesson.id);
              },
            });
          }),
        say: announce,
        showRefusal: (text) => notify(`Not moved. ${text}`, { tone: 'danger' }),
      }),
  );
  // Another period has other places.
  useEffect(() => mover.putBack(), [key]);

  const book = (start: Partial<BookingStart> & Pick<BookingStart, 'startsAt'>): void => {
    const usual = lessons.find(({ instructor_id: id }) => id === start.instructorId)?.location_id;
    setDialog({
      kind: 'book',
      start: {
        instructorId: '',
        vehicleId: '',
        minutes: usualMinutes,
        locationId: view.locationId === '' ? (usual ?? locations[0]?.id ?? '') : view.locationId,
        ...start,
      },
    });
  };
  const bookAt = (place: Place): void => {
    const column = columns[place.column];
    const startsAt = column === undefined ? null : instantAt(column.track, place.row);
    if (column === undefined || startsAt === null || !canChange) return;
    // A gap that is shorter than usual is offered as it is.
    const gap = (nextBusyRow(column, place.row) - place.row) * rowMinutes;
    const fits = [60, 45, 30].find((minutes) => minutes <= gap);
    book({
      startsAt,
      instructorId: column.instructorId ?? '',
      vehicleId: column.vehicleId ?? '',
      minutes: fits ?? usualMinutes,
    });
  };
  const bookNext = (): void => {
    const day = axis.days.find(({ day: each }) => each === view.date) ?? axis.days[0];
    if (day === undefined) return;
    const nine =
      instantAt(
        day,
        axis.rows.findIndex(({ minute }) => minute === 540),
      ) ?? day.from;
    const quarter = Math.ceil(schoolNow.peek() / (rowMinutes * 60_000)) * rowMinutes * 60_000;
    book({
      startsAt: day.from <= quarter && quarter < day.to ? Math.max(quarter, nine) : nine,
      instructorId: view.view === 'week' ? view.instructorId : '',
    });
  };
  const openLesson = (lesson: CalendarLesson, mode: LessonMode = 'details'): void =>
    setDialog({ kind: 'lesson', lessonId: lesson.id, mode });

  const actions = {
    t: goToday,
    p: () => show(steppedView(view, -1)),
    n: () => show(steppedView(view, 1)),
    ...(!ownWeekOnly && {
      d: () => show({ ...view, view: 'day' }),
      w: () => show({ ...view, view: 'week' }),
      i: () => show({ ...view, view: 'day', by: 'instructor' }),
      c: () => show({ ...view, view: 'day', by: 'vehicle' }),
    }),
    ...(canChange && { b: bookNext, ...(lastChange !== undefined && { u: () => void undo(lastChange) }) }),
    '?': () => setDialog({ kind: 'keys' }),
    ArrowDown: focusCalendar,
  } as Readonly<Record<string, (() => void) | undefined>>;
  usePageKeys(actions);

  const title = view.view === 'week' ? weekText(days) : longDay(view.date);
  usePageTitle(`${title}, calendar`);
  const opened = dialog?.kind === 'lesson' ? lessons.find(({ id }) => id === dialog.lessonId) : undefined;
  const close = (): void => setDialog(undefined);
  const change = clockChange(axis);
  const [shownColumn, setShownColumn] = useState('');
  const firstShown =
    (view.view === 'week' ? columns.find(({ day }) => day === today) : undefined)?.key ?? columns[0]?.key ?? '';

  return (
    <div class="page calendar-page">
      <PageHeader
        title={title}
        beside={
          <>
            {answer?.stale === true && <CopyAge asOf={answer.as_of} />}
            {clocksDiffer(axis.days[0]?.to ?? schoolNow.value, zone, schoolZone) && (
              <span class="muted">{zoneLong(axis.days[0]?.to ?? schoolNow.value, zone)}</span>
            )}
          </>
        }
        actions={
          <>
            <Button variant="quiet" size="small" icon="help" iconOnly onClick={() => setDialog({ kind: 'keys' })}>
              Keyboard shortcuts
            </Button>
            {isEditor && (
              <Button variant="primary" icon="plus" disabledReason={closedBecause} onClick={bookNext}>
                Book a lesson
              </Button>
            )}
          </>
        }
      />
      <CalendarToolbar
        view={view}
        isToday={days.includes(today)}
        instructors={instructors}
        locations={locations}
        ownWeekOnly={ownWeekOnly}
        columns={columns.map(({ key: id, name, day }) => ({ id, name: view.view === 'week' ? shortDay(day) : name }))}
        shownColumn={columns.some(({ key: id }) => id === shownColumn) ? shownColumn : firstShown}
        onView={show}
        onToday={goToday}
        onColumn={(chosen) => {
          setShownColumn(chosen);
          scrollToColumn(columns.findIndex(({ key: id }) => id === chosen));
        }}
      />
      <FailureBanner
        failure={failure}
        actions={
          <Button size="small" onClick={() => setFailure(undefined)}>
            Dismiss
          </Button>
        }
      />
      <RefreshFailure resource={calendar} title="The calendar could not be refreshed" />
      {isEditor && answer?.stale === true && (
        <Banner tone="warning" title="Lessons can’t be booked or moved now">
          <p>This is a copy of the calendar. You can book and move lessons again when the database answers.</p>
        </Banner>
      )}
      {answer?.complete === false && (
        <Banner tone="warning" title="Some lessons may be missing">
          <p>The copy does not contain all of these days.</p>
        </Banner>
      )}
      {change !== undefined && (
        <p class="clock-change" role="note">
          {change.kind === 'skipped'
            ? 'The clock is set forward this night: the hour from 2:00 to 3:00 does not exist.'
            : 'The clock is set back this night: the hour from 1:00 to 2:00 occurs twice.'}
        </p>
      )}
      <div class="calendar-frame" aria-busy={calendar.loading}>
        <ProgressLine active={calendar.loading && answer === undefined} />
        <ResourceView
          resource={calendar}
          name="The calendar"
          hint="Copies exist for today and the next 14 days."
          skeleton={
            <div class="calendar-loading" role="status">
              <span class="visually-hidden">Loading…</span>
            </div>
          }
          empty={(value) =>
            value !== undefined && value.data.length === 0 && <NothingHere by={view.by} isEditor={isEditor} />
          }
        >
          {(value) =>
            value === undefined ? (
              <NothingHere by="instructor" isEditor={isEditor} />
            ) : (
              <CalendarGrid
                axis={axis}
                columns={columns}
                today={today}
                isWeek={view.view === 'week'}
                mover={mover}
                canChange={canChange}
                period={key}
                headHref={(column) => headHref(view, column, ownWeekOnly)}
                onOpen={(lesson) => openLesson(lesson)}
                onCancel={(lesson) => openLesson(lesson, 'cancel')}
                onBook={bookAt}
                onColumn={setShownColumn}
              />
            )
          }
        </ResourceView>
      </div>
      {dialog?.kind === 'keys' && <KeysDialog onClose={close} />}
      {dialog?.kind === 'book' && (
        <BookingDialog
          start={dialog.start}
          context={context}
          onClose={close}
          onBooked={(lesson, student) =>
            changed(
              lesson,
              student.display_name,
              `Booked: ${student.display_name}, ${monthDay(lesson.local_date)}, ${lesson.local_start.slice(11)} (${lesson.short_code}).`,
            )
          }
        />
      )}
      {dialog?.kind === 'reasons' && (
        <ReasonsDialog
          lesson={dialog.move.lesson}
          refusals={dialog.move.refusals}
          send={async (reasons) => dialog.settle(await sendMove(dialog.move, reasons))}
          onClose={() => dialog.settle(false)}
        />
      )}
      {dialog?.kind === 'lesson' && opened !== undefined && dialog.mode === 'details' && (
        <LessonDialog
          lesson={opened}
          context={context}
          readOnly={!isEditor}
          disabledReason={closedBecause}
          nowMs={schoolNow.value}
          onMode={(mode) => openLesson(opened, mode)}
          onUndo={() => void undo({ lesson: opened, name: opened.student_name })}
          onClose={close}
        />
      )}
      {dialog?.kind === 'lesson' && opened !== undefined && dialog.mode === 'move' && (
        <MoveDialog
          lesson={opened}
          context={context}
          change={dialog.change}
          refusal={dialog.refusal}
          onChanged={(lesson) => changed(lesson, opened.student_name, movedText(lesson, opened.student_name))}
          onOutdated={() => void calendar.load()}
          onClose={close}
        />
      )}
      {dialog?.kind === 'lesson' && opened !== undefined && dialog.mode === 'cancel' && (
        <CancelDialog
          lesson={opened}
          context={context}
          onChanged={(lesson) =>
            changed(lesson, opened.student_name, `The lesson of ${opened.student_name} was cancelled.`)
          }
          onOutdated={() => void calendar.load()}
          onClose={close}
        />
      )}
    </div>
  );
}

function movedText(lesson: Lesson, name: string): string {
  const time = clockTextAt(Date.parse(lesson.starts_at), lesson.time_zone);
  return `${name} moved to ${monthDay(lesson.local_date)}, ${time}.`;
}

/** The instructors of a day's calendar. */
async function instructorsOfCalendar(day: string, signal: AbortSignal): Promise<{ id: string; name: string }[]> {
  const { data } = await api.calendar({ from: day, to: day, by: 'instructor' }, signal);
  return data.flatMap(({ instructor_id: id, name }) => (id === null ? [] : [{ id, name }]));
}

/** The view to show: with today as its date, an instructor for a week, and for instructors their own week. */
function shownView(
  asked: CalendarView,
  {
    today,
    instructors,
    ownId,
  }: {
    readonly today: string;
    readonly instructors: readonly { readonly id: string }[];
    /** Only for instructors. */
    readonly ownId: string | undefined;
  },
): CalendarView {
  const date = asked.date === '' ? today : asked.date;
  if (ownId !== undefined) return { view: 'week', by: 'instructor', date, instructorId: ownId, locationId: '' };
  const instructorId =
    asked.view === 'week' && asked.instructorId === '' ? (instructors[0]?.id ?? '') : asked.instructorId;
  return { ...asked, date, instructorId };
}

/** From a day's column to the instructor's week, and from a week's column to the day. */
function headHref(view: CalendarView, column: Column, ownWeekOnly: boolean): string | undefined {
  if (ownWeekOnly) return undefined;
  if (view.view === 'week') return addressOf({ ...view, view: 'day', by: 'instructor', date: column.day });
  return column.instructorId === null
    ? undefined
    : addressOf({ ...view, view: 'week', instructorId: column.instructorId });
}

/** Runs the page's keys while no field and no dialog has the focus. */
function usePageKeys(actions: Readonly<Record<string, (() => void) | undefined>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  // Before the page can be seen, so that the first key is not lost.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const { target } = event;
      if (
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      )
        return;
      const isLetter = event.key.length === 1;
      if (isLetter && !singleKeyShortcuts()) return;
      const action = latest.current[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

function NothingHere({
  by,
  isEditor,
}: {
  readonly by: 'instructor' | 'vehicle';
  readonly isEditor: boolean;
}): JSX.Element {
  const isCars = by === 'vehicle';
  return (
    <EmptyState
      icon="calendar"
      title={isCars ? 'No cars yet' : 'No instructors yet'}
      actions={
        isEditor && (
          <LinkButton href={isCars ? '/vehicles' : '/instructors'}>
            {isCars ? 'Add a car' : 'Add an instructor'}
          </LinkButton>
        )
      }
    >
      {isCars ? 'Each car has a column here.' : 'Each instructor has a column here, with lessons and working hours.'}
    </EmptyState>
  );
}
