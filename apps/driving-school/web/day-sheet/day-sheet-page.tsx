import { Badge, Banner, Button, EmptyState, LinkButton, PageHeader, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { DaySheet } from '../../contract/calendar.ts';
import { localStart } from '../../contract/local-time.ts';
import { addDays, parseCalendarDay } from '../../contract/parsers.ts';
import { api } from '../api.ts';
import { wallTimeText } from '../day-text.ts';
import { navigate, search } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { useResource } from '../platform/use-resource.ts';
import { longDayText, sheetsOf, totalText } from './day-sheet-text.ts';
import { daySheetPage } from './pages.ts';
import { Sheet } from './sheet.tsx';
import './day-sheet.css';

/** Interval between refreshes, so that a page that stays open prints the lessons as they are now. */
const pollMs = 60_000;

/** The sheet that is printed now. */
export function NextDaySheetPage(): JSX.Element {
  return <DaySheetPage date="next" />;
}

/** The lessons of a day on paper: one page per instructor. */
export function DaySheetPage({ date }: { readonly date: string }): JSX.Element {
  const instructorId = search.value.get('instructor_id') ?? '';
  // With a key, so that another day never shows the lessons of the one before.
  return <Day key={`${date} ${instructorId}`} date={date} instructorId={instructorId} />;
}

function Day({ date, instructorId }: { readonly date: string; readonly instructorId: string }): JSX.Element {
  const sheet = useResource(
    (signal) => api.daySheet(date, instructorId === '' ? {} : { instructor_id: instructorId }, signal),
    [],
    { pollMs },
  );
  const answer = sheet.value;
  const day = answer?.data.date ?? (date === 'next' ? undefined : date);
  usePageTitle(day === undefined ? 'Day sheet' : `Day sheet, ${day}`);

  return (
    <div class="page day-sheet-page">
      <PageHeader
        title="Day sheet"
        beside={answer?.stale === true && <CopyMark answer={answer} />}
        description={answer === undefined ? undefined : descriptionOf(answer.data)}
        actions={
          <Button
            variant="primary"
            onClick={() => print()}
            disabledReason={
              answer === undefined || answer.data.lessons.length === 0 ? 'There is nothing to print.' : undefined
            }
          >
            Print
          </Button>
        }
      />
      {day !== undefined && <Choices day={day} instructorId={instructorId} answer={answer} />}
      <RefreshFailure resource={sheet} title="The day sheet could not be refreshed" />
      {answer?.complete === false && (
        <Banner tone="warning" title="This copy may not contain all lessons of the day">
          <p>The database can’t be reached, and the copy is from before this day was complete.</p>
        </Banner>
      )}
      <ResourceView
        resource={sheet}
        name="The day sheet"
        hint="Copies exist for today and the next 14 days."
        empty={({ data }) => data.lessons.length === 0 && <NoLessons sheet={data} instructorId={instructorId} />}
      >
        {(shown) => (
          <div class="sheets">
            {sheetsOf(shown.data.lessons).map(({ instructorId: id, name, lessons }) => (
              <Sheet key={id} day={shown.data.date} instructor={name} lessons={lessons} source={sourceText(shown)} />
            ))}
          </div>
        )}
      </ResourceView>
    </div>
  );
}

/** Marks a copy, with the time that is printed on its sheets. */
function CopyMark({ answer }: { readonly answer: DaySheet }): JSX.Element {
  return (
    <Badge tone="warning" shape="hourglass">
      Copy from {asOfText(answer)}
    </Badge>
  );
}

/** Other days and instructors. */
function Choices({
  day,
  instructorId,
  answer,
}: {
  readonly day: string;
  readonly instructorId: string;
  readonly answer: DaySheet | undefined;
}): JSX.Element {
  const instructors = answer?.data.instructors ?? [];
  return (
    <div class="toolbar sheet-choices">
      <div class="button-row">
        <LinkButton href={hrefOf(addDays(day, -1), instructorId)}>Previous day</LinkButton>
        <LinkButton href={hrefOf(addDays(day, 1), instructorId)}>Next day</LinkButton>
      </div>
      <TextField
        label="Day"
        type="date"
        value={day}
        onInput={(text) => {
          if (parseCalendarDay(text).ok) navigate(hrefOf(text, instructorId), { replace: true });
        }}
      />
      {(instructors.length > 1 || instructorId !== '') && (
        <SelectField
          label="Instructor"
          value={instructorId}
          options={[
            { value: '', label: 'All instructors' },
            ...instructors.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(id: string) => navigate(hrefOf(day, id), { replace: true })}
        />
      )}
    </div>
  );
}

function NoLessons({
  sheet,
  instructorId,
}: {
  readonly sheet: DaySheet['data'];
  readonly instructorId: string;
}): JSX.Element {
  const name = sheet.instructors.find(({ id }) => id === instructorId)?.name;
  return (
    <EmptyState
      icon="file"
      title={name === undefined ? 'No lessons on this day' : `${name} has no lessons on this day`}
    >
      {longDayText(sheet.date)}. Choose another day{instructorId === '' ? '' : ' or instructor'}.
    </EmptyState>
  );
}

/** The source of the data, as printed on each sheet. */
function sourceText(answer: DaySheet): string {
  return answer.stale
    ? `Copy from ${asOfText(answer)}. The database can’t be reached.`
    : `Live data as of ${asOfText(answer)}`;
}

/** When the data was read, by the clock of the lessons. With the date: paper is read on another day than it is printed. */
function asOfText({ as_of, data }: DaySheet): string {
  return wallTimeText(localStart(Date.parse(as_of), data.lessons[0]?.time_zone ?? 'America/Toronto'));
}

/** The day, and how much there is to do. */
function descriptionOf({ date, lessons }: DaySheet['data']): string {
  return lessons.length === 0 ? longDayText(date) : `${longDayText(date)}: ${totalText(lessons)}`;
}

function hrefOf(date: string, instructorId: string): string {
  const path = daySheetPage.href({ date });
  return instructorId === '' ? path : `${path}?instructor_id=${encodeURIComponent(instructorId)}`;
}
