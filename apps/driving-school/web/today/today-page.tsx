import { Badge, Card, EmptyState, LinkButton, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Attention } from '../../contract/attention.ts';
import type { Calendar, CalendarLesson } from '../../contract/calendar.ts';
import { addDays, type CalendarDay, formatPhone } from '../../contract/parsers.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import { api } from '../api.ts';
import { todayAt } from '../calendar/school-day.ts';
import { CopyAge } from '../copy-age.tsx';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import { clocksDiffer, zoneShort } from '../calendar/calendar-text.ts';
import { schoolNow, setSchoolClock, watchClock } from '../school-clock.ts';
import { mayWrite, user } from '../session.ts';
import { studentPage } from '../students/pages.ts';
import { AttentionList } from './attention-list.tsx';
import { type FirstStep, missingSteps } from './first-steps.ts';
import { type DayState, dayState, type Gap, wallText } from './today-lessons.ts';
import './today.css';

/** Between two loads, in milliseconds. */
const pollMs = 60_000;

interface Loaded {
  readonly calendar: Calendar;
  readonly day: CalendarDay;
  readonly zone: string;
  /** Undefined while it can't be read, such as during an outage. */
  readonly attention: Attention | undefined;
  /** The steps that a new school still has to take. */
  readonly steps: readonly FirstStep[];
}

/** The start page: lessons that are on and next, free time, and everything that needs attention. */
export function TodayPage(): JSX.Element {
  useEffect(() => watchClock(), []);
  const loaded = useResource((signal) => load(signal), [], { pollMs });
  const isInstructor = user.value?.role === 'instructor';
  return (
    <div class="page today">
      <PageHeader
        title="Today"
        beside={loaded.value?.calendar.stale === true && <CopyAge asOf={loaded.value.calendar.as_of} />}
        description={loaded.value !== undefined && dayTitle(loaded.value.day)}
        actions={loaded.value !== undefined && <DayLinks day={loaded.value.day} />}
      />
      <RefreshFailure resource={loaded} title="Today could not be refreshed" />
      <ResourceView
        resource={loaded}
        name="Today"
        empty={({ steps }) => steps.length > 0 && <NewSchool steps={steps} />}
      >
        {({ calendar, day, zone, attention }) => {
          const state = dayState(calendar, { day, now: schoolNow.value, zone });
          return (
            <>
              <Counts state={state} />
              <div class="today-columns">
                <div class="stack">
                  <LessonCard
                    title="On now"
                    lessons={state.current}
                    none="There is no lesson right now."
                    time={(lesson) => `until ${wallText(lesson.ends_at, lesson.time_zone)}`}
                    zone={zone}
                    withInstructor={!isInstructor}
                  />
                  <LessonCard
                    title={isInstructor ? 'Your next lesson' : 'Next for each instructor'}
                    lessons={state.next}
                    none="There are no more lessons today."
                    time={(lesson) => wallText(lesson.starts_at, lesson.time_zone)}
                    zone={zone}
                    withInstructor={!isInstructor}
                  />
                  <GapCard gaps={state.gaps} zone={zone} day={day} withInstructor={!isInstructor} />
                </div>
                <AttentionList attention={attention} stale={calendar.stale} zone={zone} />
              </div>
            </>
          );
        }}
      </ResourceView>
    </div>
  );
}

async function load(signal: AbortSignal, isAgain = false): Promise<Loaded> {
  // Around midnight, and with locations in two zones, the school's day may be another than the device's.
  const around = new Date(schoolNow.peek()).toISOString().slice(0, 10);
  const calendar = await api.calendar({ from: addDays(around, -1), to: addDays(around, 1) }, signal);
  if (!calendar.stale) setSchoolClock(calendar.as_of);
  const zone = calendar.locations.find(({ status }) => status === 'active')?.time_zone ?? 'America/Toronto';
  const day = todayAt(zone);
  // The school's clock may be set to another day than the device's, which is known only from the answer.
  if (!isAgain && (day < addDays(around, -1) || day > addDays(around, 1))) return load(signal, true);
  const attention = calendar.stale
    ? undefined
    : await api.attention(signal).then(
        ({ data }) => data,
        () => undefined,
      );
  return { calendar, zone, day, attention, steps: await loadSteps(calendar, signal) };
}

/** The steps that are missing. None in a school with lessons, and none when they can’t be known. */
async function loadSteps(calendar: Calendar, signal: AbortSignal): Promise<readonly FirstStep[]> {
  if (!mayWrite.peek() || calendar.stale || calendar.data.some(({ lessons }) => lessons.length > 0)) return [];
  try {
    const [cars, students] = await Promise.all([
      api.vehicles({ status: 'active' }, signal),
      api.students({ status: 'active', limit: 1 }, signal),
    ]);
    return missingSteps(calendar, { cars: cars.data.length, students: students.data.length });
  } catch {
    return [];
  }
}

/** Leads a new school from step to step: the first one that is missing is next. */
function NewSchool({ steps }: { readonly steps: readonly FirstStep[] }): JSX.Element {
  return (
    <EmptyState
      icon="wheel"
      title="Set up the school"
      actions={steps.map(({ label, href }, index) => (
        <LinkButton key={href} href={href} {...(index === 0 && { variant: 'primary' })}>
          {label}
        </LinkButton>
      ))}
    >
      Lessons need a location, a car, an instructor with working hours, and a student. Then book from the student’s page
      or in the calendar.
    </EmptyState>
  );
}

function DayLinks({ day }: { readonly day: CalendarDay }): JSX.Element {
  return (
    <>
      <LinkButton href={`/day-sheet/${day}`}>Today’s day sheet</LinkButton>
      <LinkButton href={`/day-sheet/${addDays(day, 1)}`}>Tomorrow’s day sheet</LinkButton>
    </>
  );
}

function Counts({ state: { counts } }: { readonly state: DayState }): JSX.Element {
  const left = counts.lessons - counts.ended;
  const parts = [
    counts.lessons === 1 ? '1 lesson' : `${counts.lessons} lessons`,
    counts.instructors > 1 ? `with ${counts.instructors} instructors` : '',
    counts.lessons === 0 ? '' : left === 0 ? '· all finished' : `· ${left} to go`,
    counts.cancelled === 0 ? '' : `· ${counts.cancelled} cancelled`,
  ];
  return <p class="today-counts">{parts.filter((part) => part !== '').join(' ')}</p>;
}

/** `Tuesday, 1 December 2026`. */
function dayTitle(day: CalendarDay): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(`${day}T12:00:00Z`));
}

function LessonCard({
  title,
  lessons,
  none,
  time,
  zone,
  withInstructor,
}: {
  readonly title: string;
  readonly lessons: readonly CalendarLesson[];
  readonly none: string;
  readonly time: (lesson: CalendarLesson) => string;
  /** The school's zone: times in others are labelled. */
  readonly zone: string;
  readonly withInstructor: boolean;
}): JSX.Element {
  return (
    <Card title={title} flush>
      {lessons.length === 0 ? (
        <p class="today-none">{none}</p>
      ) : (
        <ul class="today-list">
          {lessons.map((lesson) => (
            <li key={lesson.id}>
              <span class="today-time">
                {time(lesson)}
                {clocksDiffer(Date.parse(lesson.starts_at), lesson.time_zone, zone) && (
                  <span class="today-zone">{zoneShort(Date.parse(lesson.starts_at), lesson.time_zone)}</span>
                )}
              </span>
              <span class="today-who">
                <a href={studentPage.href({ studentId: lesson.student_id })}>{lesson.student_name}</a>
                {lesson.type === 'road_test' && <Badge tone="info">Road test</Badge>}
                <span class="today-detail">
                  {[withInstructor ? lesson.instructor_name : '', lesson.vehicle_name ?? '', lesson.pickup ?? '']
                    .filter((part) => part !== '')
                    .join(' · ')}
                </span>
              </span>
              {lesson.student_phone !== null && (
                <a class="today-phone" href={`tel:${lesson.student_phone}`}>
                  {formatPhone(lesson.student_phone)}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function GapCard({
  gaps,
  zone,
  day,
  withInstructor,
}: {
  readonly gaps: readonly Gap[];
  readonly zone: string;
  readonly day: CalendarDay;
  readonly withInstructor: boolean;
}): JSX.Element {
  return (
    <Card title="Free today" flush>
      {gaps.length === 0 ? (
        <p class="today-none">
          {withInstructor ? 'Nobody has a free hour' : 'You have no free hour'} for the rest of the day.
        </p>
      ) : (
        <ul class="today-list">
          {gaps.slice(0, 8).map(({ instructorId, name, from, to }) => (
            <li key={`${instructorId} ${from}`}>
              <span class="today-time">
                {wallText(from, zone)}–{wallText(to, zone)}
              </span>
              <span class="today-who">
                <a href={`/calendar?date=${day}`}>{withInstructor ? name : 'Free'}</a>
                <span class="today-detail">{lengthText(Math.round((to - from) / 60_000))}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
