import { Banner, Button, type Column, EmptyState, LinkButton, notify, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ClosedDay } from '../../contract/closed-days.ts';
import { holidayYearMax, holidayYearMin, ontarioHolidays } from '../../contract/ontario-holidays.ts';
import { api, newIdempotencyKey } from '../api.ts';
import { browserDay, weekdayText } from '../day-text.ts';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { disabledReason } from '../session.ts';
import { SettingsHeader } from '../settings/settings-header.tsx';
import { ClosedDayDialog } from './closed-day-dialog.tsx';
import './closed-days.css';

interface Booked {
  readonly booked: number;
  readonly bookedOn?: string;
}

/** The days of a year on which the school is closed. */
export function ClosedDaysPage(): JSX.Element {
  /** Undefined: the school's current year. */
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const days = useResource(
    (signal) => api.closedDays(chosen === undefined ? {} : { from: `${chosen}-01-01`, to: `${chosen}-12-31` }, signal),
    [chosen],
  );
  const [adding, setAdding] = useState(false);
  /** The number of lessons booked on the days that were just added, and the day if it was one. */
  const [{ booked, bookedOn }, setBooked] = useState<Booked>({ booked: 0 });
  const year =
    chosen ??
    Number(
      (days.value === undefined ? browserDay(new Date().toISOString()) : browserDay(days.value.as_of)).slice(0, 4),
    );
  const data = days.value?.data ?? [];
  const isComplete = ontarioHolidays(year).every(({ day }) =>
    data.some((closed) => closed.day === day && closed.location_id === null),
  );

  const addHolidays = useSubmit({
    repeatable: true,
    async send(of: number, idempotencyKey) {
      const added = await api.addHolidays(of, idempotencyKey);
      setBooked({ booked: added.lessons.length });
      await days.load();
      const count = added.data.length;
      notify(count === 1 ? 'One holiday was added.' : `${count} holidays were added.`);
    },
  });
  const addAgain = useSubmit({
    async send({ day, name, location_id }: ClosedDay) {
      await api.addClosedDay({ day, name, location_id }, newIdempotencyKey());
      await days.load();
    },
  });
  const remove = useSubmit({
    async send(closed: ClosedDay) {
      await api.removeClosedDay(closed.id);
      setBooked({ booked: 0 });
      await days.load();
      notify(`${closed.name} was removed.`, { action: { label: 'Undo', run: () => void addAgain.submit(closed) } });
    },
  });
  const show = (of: number): void => {
    setBooked({ booked: 0 });
    setChosen(of);
  };
  const holidaysButton = (
    <Button
      icon="plus"
      busy={addHolidays.busy}
      disabledReason={addHolidays.disabledReason}
      onClick={() => void addHolidays.submit(year)}
    >
      Add Ontario’s holidays
    </Button>
  );
  const addButton = (
    <Button variant="primary" icon="plus" disabledReason={disabledReason.value} onClick={() => setAdding(true)}>
      Add day
    </Button>
  );

  return (
    <div class="page">
      <SettingsHeader
        title="Closed days"
        description="Bookings on these days need a reason. Lessons that are booked already stay booked."
        actions={addButton}
      />
      <div class="year-bar">
        <Button
          variant="quiet"
          icon="arrow-left"
          iconOnly
          disabledReason={year <= holidayYearMin ? 'There is no earlier year.' : undefined}
          onClick={() => show(year - 1)}
        >
          Previous year
        </Button>
        <h2 aria-live="polite">{year}</h2>
        <span class="year-next">
          <Button
            variant="quiet"
            icon="arrow-left"
            iconOnly
            disabledReason={year >= holidayYearMax ? 'There is no later year.' : undefined}
            onClick={() => show(year + 1)}
          >
            Next year
          </Button>
        </span>
        {days.value !== undefined && data.length > 0 && !isComplete && holidaysButton}
      </div>
      {booked > 0 && (
        <Banner
          tone="warning"
          role="status"
          title={booked === 1 ? 'One lesson is booked then' : `${booked} lessons are booked then`}
          actions={
            bookedOn !== undefined && (
              <LinkButton size="small" href={`/calendar?date=${bookedOn}`}>
                Open the calendar
              </LinkButton>
            )
          }
        >
          <p>Nothing was cancelled. Move or cancel them in the calendar, and tell the students.</p>
        </Banner>
      )}
      <RefreshFailure resource={days} title="The list could not be refreshed" />
      <FailureBanner failure={addHolidays.failure ?? remove.failure ?? addAgain.failure} />
      <ResourceTable
        class="closed-days-table"
        resource={days}
        name="The list of closed days"
        empty={({ data: listed }) =>
          listed.length === 0 && (
            <EmptyState icon="clock" title={`No closed days in ${year}`} actions={holidaysButton}>
              Start with the nine public holidays of Ontario. You can remove those on which you work, and add days of
              your own.
            </EmptyState>
          )
        }
      >
        {({ data: listed }) => (
          <Table
            caption={`Closed days in ${year}`}
            columns={columnsFor(remove)}
            rows={listed}
            rowKey={({ id }) => id}
          />
        )}
      </ResourceTable>
      {adding && (
        <ClosedDayDialog
          year={year}
          onClose={() => setAdding(false)}
          onAdded={({ data: added, lessons }) => {
            setAdding(false);
            setBooked({ booked: lessons.length, bookedOn: added.day });
            notify(`${added.name} was added.`);
            const of = Number(added.day.slice(0, 4));
            if (of === year) void days.load();
            else setChosen(of);
          }}
        />
      )}
    </div>
  );
}

function columnsFor(remove: FormSubmission<ClosedDay>): readonly Column<ClosedDay>[] {
  return [
    { key: 'day', header: 'Day', cell: ({ day }) => <span class="numbers">{weekdayText(day)}</span> },
    { key: 'name', header: 'Name', plain: true, cell: ({ name }) => name },
    {
      key: 'location',
      header: 'Location',
      plain: true,
      cell: ({ location_id: id, location_name: name }) =>
        id === null ? <span class="muted">All locations</span> : name,
    },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      fit: true,
      align: 'end',
      cell: (closed) => (
        <Button
          size="small"
          variant="danger-quiet"
          busy={remove.sending?.id === closed.id}
          disabledReason={remove.disabledReason}
          onClick={() => void remove.submit(closed)}
        >
          Remove<span class="visually-hidden"> {closed.name}</span>
        </Button>
      ),
    },
  ];
}
