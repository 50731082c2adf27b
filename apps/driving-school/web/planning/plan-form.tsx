import { SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { PlanDefaults } from '../../contract/planning.ts';
import { lengthOptions } from './lesson-lengths.ts';
import { changedTimes, neededLessons, type PlanDraft, toggledDay } from './plan-draft.ts';
import { weekdays } from './slot-text.ts';

/** The wishes and numbers of a plan. */
export function PlanForm({
  draft,
  defaults,
  onChange,
}: {
  readonly draft: PlanDraft;
  readonly defaults: PlanDefaults;
  readonly onChange: (draft: PlanDraft) => void;
}): JSX.Element {
  const set = (change: Partial<PlanDraft>): void => onChange({ ...draft, ...change });
  const course = defaults.enrolments.find(({ id }) => id === draft.enrolmentId);
  return (
    <div class="plan-form">
      <fieldset class="weekday-chips">
        <legend class="field-label">Days of the week</legend>
        <div>
          {weekdays.map((name, index) => {
            const isOn = draft.wishes.some(({ weekday }) => weekday === index + 1);
            return (
              <button
                key={name}
                type="button"
                class="chip"
                aria-pressed={isOn}
                aria-label={name}
                onClick={() => onChange(toggledDay(draft, index + 1))}
              >
                {name.slice(0, 3)}
              </button>
            );
          })}
        </div>
      </fieldset>
      {draft.wishes.map(({ weekday, from, to }) => {
        const name = weekdays[weekday - 1] ?? '';
        return (
          <div key={weekday} class="wish" role="group" aria-label={name}>
            <span class="wish-day">{name}</span>
            <label>
              <span class="visually-hidden">{`${name} from`}</span>
              <input
                class="control"
                type="time"
                step={900}
                value={from}
                onInput={(event) => onChange(changedTimes(draft, weekday, { from: event.currentTarget.value }))}
              />
            </label>
            <span class="muted">to</span>
            <label>
              <span class="visually-hidden">{`${name} to`}</span>
              <input
                class="control"
                type="time"
                step={900}
                value={to === '24:00' ? '23:59' : to}
                onInput={(event) => onChange(changedTimes(draft, weekday, { to: event.currentTarget.value }))}
              />
            </label>
            {from >= to && <p class="field-problem">The end must be after the beginning.</p>}
          </div>
        );
      })}
      <div class="planning-filters">
        <TextField label="Lessons" value={draft.lessons} onInput={(lessons) => set({ lessons })} inputmode="numeric" />
        <SelectField
          label="Length"
          value={draft.minutes}
          options={lengthOptions(defaults.lesson_minutes)}
          onChange={(minutes) => set({ minutes, lessons: String(neededLessons(course, Number(minutes))) })}
        />
        <TextField
          label="First day"
          type="date"
          value={draft.from}
          onInput={(from) => {
            if (/^\d{4}-\d\d-\d\d$/.test(from)) set({ from });
          }}
        />
        <SelectField
          label="Instructor"
          value={draft.instructorId}
          options={[
            { value: '', label: 'Anyone' },
            ...defaults.instructors.map(({ id, name }) => ({
              value: id,
              label: id === defaults.student.instructor_id ? `${name} (own)` : name,
            })),
          ]}
          onChange={(instructorId) => set({ instructorId })}
        />
        <SelectField
          label="Car"
          value={draft.vehicleId}
          options={[
            { value: '', label: 'Any' },
            ...defaults.vehicles.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(vehicleId) => set({ vehicleId })}
        />
        {defaults.locations.length > 1 && (
          <SelectField
            label="Location"
            value={draft.locationId}
            options={defaults.locations.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(locationId) => set({ locationId })}
          />
        )}
        {defaults.enrolments.length > 1 && (
          <SelectField
            label="Course"
            value={draft.enrolmentId}
            options={defaults.enrolments.map(({ id, kind }) => ({
              value: id,
              label: kind === 'bde' ? 'BDE course' : 'Lesson pack',
            }))}
            onChange={(enrolmentId) => {
              const other = defaults.enrolments.find(({ id }) => id === enrolmentId);
              set({ enrolmentId, lessons: String(neededLessons(other, Number(draft.minutes))) });
            }}
          />
        )}
      </div>
    </div>
  );
}
