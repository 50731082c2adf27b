import { Button, Segments, SelectField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { type CalendarView, isDay, steppedView } from './calendar-address.ts';
import type { Option } from './place-fields.tsx';

const viewOptions = [
  { value: 'day', label: 'Day' },
  { value: 'week', label: 'Week' },
] as const;
const byOptions = [
  { value: 'instructor', label: 'Instructors' },
  { value: 'vehicle', label: 'Cars' },
] as const;

/** Dates, views and filters of the calendar. */
export function CalendarToolbar({
  view,
  isToday,
  instructors,
  locations,
  ownWeekOnly,
  columns,
  shownColumn,
  onView,
  onToday,
  onColumn,
}: {
  readonly view: CalendarView;
  readonly isToday: boolean;
  readonly instructors: readonly Option[];
  readonly locations: readonly Option[];
  /** An instructor sees only their own week. */
  readonly ownWeekOnly: boolean;
  /** Columns to choose from on a narrow screen, and the one that is shown. */
  readonly columns: readonly Option[];
  readonly shownColumn: string;
  readonly onView: (view: CalendarView) => void;
  readonly onToday: () => void;
  readonly onColumn: (key: string) => void;
}): JSX.Element {
  const unit = view.view === 'week' ? 'week' : 'day';
  const dateRef = useRef<HTMLInputElement>(null);
  return (
    <div class="calendar-toolbar">
      <div class="calendar-dates">
        <Button size="small" onClick={onToday} {...(isToday && { 'aria-pressed': true })}>
          Today
        </Button>
        <span class="calendar-steps">
          <Button variant="quiet" size="small" icon="arrow-left" iconOnly onClick={() => onView(steppedView(view, -1))}>
            {`Previous ${unit}`}
          </Button>
          <Button variant="quiet" size="small" icon="arrow-right" iconOnly onClick={() => onView(steppedView(view, 1))}>
            {`Next ${unit}`}
          </Button>
        </span>
        <label class="calendar-date">
          <span class="visually-hidden">Go to a day</span>
          <input
            ref={dateRef}
            class="control"
            type="date"
            value={view.date}
            onChange={(event) => {
              const date = event.currentTarget.value;
              if (isDay(date)) onView({ ...view, date });
            }}
          />
        </label>
      </div>
      <div class="calendar-filters">
        {!ownWeekOnly && (
          <Segments
            label="Period"
            value={view.view}
            options={viewOptions}
            onChange={(chosen) => onView({ ...view, view: chosen })}
          />
        )}
        {!ownWeekOnly && view.view === 'day' && (
          <Segments label="Columns" value={view.by} options={byOptions} onChange={(by) => onView({ ...view, by })} />
        )}
        {!ownWeekOnly && view.view === 'week' && instructors.length > 0 && (
          <SelectField
            label="Instructor"
            value={view.instructorId}
            options={instructors.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(instructorId) => onView({ ...view, instructorId })}
          />
        )}
        {locations.length > 1 && !ownWeekOnly && (
          <SelectField
            label="Location"
            value={view.locationId}
            options={[
              { value: '', label: 'All locations' },
              ...locations.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChange={(locationId) => onView({ ...view, locationId })}
          />
        )}
        {columns.length > 1 && (
          <div class="calendar-column-choice">
            <SelectField
              label={view.view === 'week' ? 'Day' : view.by === 'vehicle' ? 'Car' : 'Instructor'}
              value={shownColumn}
              options={columns.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={onColumn}
            />
          </div>
        )}
      </div>
    </div>
  );
}
