import { notify, PageHeader, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { OfferedSlot, PlanDefaults, SlotList as SlotAnswer } from '../../contract/planning.ts';
import { addDays } from '../../contract/parsers.ts';
import { api, ProblemResponse } from '../api.ts';
import { navigate } from '../navigation.ts';
import { usePageTitle } from '../platform/page-title.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { studentPage } from '../students/pages.ts';
import { lengthOptions } from './lesson-lengths.ts';
import { RefusedInstructors, SlotList } from './slot-list.tsx';
import { dayText, nameOf } from './slot-text.ts';
import { undoLessons } from './undo-lessons.ts';
import './planning.css';

/** Days of one search, both included. */
const searchDays = 14;

/** Books a student's next lesson: the best free times by day, the best one first. */
export function BookPage({ studentId }: { readonly studentId: string }): JSX.Element {
  const defaults = useResource((signal) => api.planning.defaults(studentId, signal));
  const name = defaults.value?.data.student.name;
  usePageTitle(name === undefined ? 'Book a lesson' : `Book a lesson for ${name}`);
  return (
    <div class="page">
      <PageHeader
        title={name === undefined ? 'Book a lesson' : `Book a lesson for ${name}`}
        back={{ href: studentPage.href({ studentId }), label: name ?? 'Student' }}
      />
      <ResourceView resource={defaults} name="Free times">
        {({ data }) => <BookLesson key={studentId} defaults={data} />}
      </ResourceView>
    </div>
  );
}

function BookLesson({ defaults }: { readonly defaults: PlanDefaults }): JSX.Element {
  const { student, locations, enrolments } = defaults;
  const course = enrolments[0];
  const [filters, setFilters] = useState({
    instructorId: '',
    minutes: String(defaults.lesson_minutes),
    from: defaults.today,
    locationId: defaults.location_id ?? '',
    enrolmentId: course?.id ?? '',
  });
  const [chosen, setChosen] = useState<OfferedSlot | undefined>();
  const set = (change: Partial<typeof filters>): void => setFilters({ ...filters, ...change });
  const minutes = Number(filters.minutes);
  const slots = useResource(
    (signal) =>
      api.planning.slots(
        {
          student_id: student.id,
          minutes,
          from: filters.from,
          to: addDays(filters.from, searchDays - 1),
          limit: 1_000,
          ...(filters.locationId === '' ? {} : { location_id: filters.locationId }),
          ...(filters.instructorId === '' ? {} : { instructor_id: filters.instructorId }),
          ...(filters.enrolmentId === '' ? { type: 'private' as const } : { enrolment_id: filters.enrolmentId }),
        },
        signal,
      ),
    [JSON.stringify(filters)],
  );
  const booking = useSubmit({
    repeatable: true,
    async send({ slot, answer }: { readonly slot: OfferedSlot; readonly answer: SlotAnswer }, idempotencyKey) {
      const { data: lesson } = await api.bookLesson(
        {
          student_id: student.id,
          enrolment_id: answer.enrolment_id,
          type: answer.type,
          starts_at: slot.starts_at,
          minutes,
          instructor_id: slot.instructor_id,
          vehicle_id: slot.vehicle_id,
          location_id: slot.location_id,
        },
        idempotencyKey,
      );
      const when = `${dayText(lesson.local_date)}, ${lesson.local_start.slice(11)}`;
      notify(`Booked ${when} with ${nameOf(defaults.instructors, slot.instructor_id)} (${lesson.short_code}).`, {
        action: { label: 'Undo', run: () => void undoLessons([lesson]) },
      });
      navigate(studentPage.href({ studentId: student.id }));
    },
    explain(error) {
      if (!(error instanceof ProblemResponse) || (error.status !== 409 && error.status !== 422)) return undefined;
      // Someone was quicker: the list shows what is free now.
      void slots.load();
      return { failure: { title: error.title, detail: error.message, status: error.status } };
    },
  });
  const choose = (slot: OfferedSlot, answer: SlotAnswer): void => {
    if (booking.busy || booking.disabledReason !== undefined) return;
    setChosen(slot);
    void booking.submit({ slot, answer });
  };

  return (
    <>
      <div class="planning-filters">
        <SelectField
          label="Instructor"
          value={filters.instructorId}
          options={[
            { value: '', label: 'Anyone' },
            ...defaults.instructors.map(({ id, name }) => ({
              value: id,
              label: id === student.instructor_id ? `${name} (own)` : name,
            })),
          ]}
          onChange={(instructorId) => set({ instructorId })}
        />
        <SelectField
          label="Length"
          value={filters.minutes}
          options={lengthOptions(defaults.lesson_minutes)}
          onChange={(length) => set({ minutes: length })}
        />
        <TextField
          label="From"
          type="date"
          value={filters.from}
          onInput={(from) => {
            if (/^\d{4}-\d\d-\d\d$/.test(from)) set({ from });
          }}
        />
        {locations.length > 1 && (
          <SelectField
            label="Location"
            value={filters.locationId}
            options={locations.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(locationId) => set({ locationId })}
          />
        )}
        {course !== undefined && (
          <SelectField
            label="Lesson"
            value={filters.enrolmentId}
            options={[
              ...enrolments.map(({ id, kind }) => ({
                value: id,
                label: kind === 'bde' ? 'Of the BDE course' : 'Of the lesson pack',
              })),
              { value: '', label: 'Private' },
            ]}
            onChange={(enrolmentId) => set({ enrolmentId })}
          />
        )}
      </div>
      <p class="muted planning-hint" role="status">
        {booking.disabledReason ?? 'Arrow keys move, Enter books. You can undo it for ten minutes.'}
      </p>
      <FailureBanner failure={booking.failure} />
      <RefreshFailure resource={slots} title="The free times could not be refreshed" />
      <ResourceView resource={slots} name="Free times">
        {(answer) => (
          <div class="stack" aria-busy={slots.loading}>
            <SlotList
              answer={answer}
              defaults={defaults}
              minutes={minutes}
              chosen={booking.busy ? chosen : undefined}
              onChoose={(slot) => choose(slot, answer)}
              onLater={() => set({ from: addDays(filters.from, searchDays) })}
            />
            <RefusedInstructors answer={answer} defaults={defaults} />
          </div>
        )}
      </ResourceView>
    </>
  );
}
