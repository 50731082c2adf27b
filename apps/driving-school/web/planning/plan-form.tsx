import { SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { PlanDefaults } from '../../contract/planning.ts';
import { tidyTime } from '../calendar/typed-time.ts';
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
            <TimeInput
              label={`${name} from`}
              time={from}
              onChange={(time) => onChange(changedTimes(draft, weekday, { from: time }))}
            />
            <span class="muted">to</span>
            <TimeInput
              label={`${name} to`}
              time={to}
              onChange={(time) => onChange(changedTimes(draft, weekday, { to: time }))}
            />
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

/** A time of day, typed as everywhere else: the browser's own field may show 3:00 p.m. A text that is not a time is put back. */
function TimeInput({
  label,
  time,
  onChange,
}: {
  readonly label: string;
  /** `15:00` */
  readonly time: string;
  readonly onChange: (time: string) => void;
}): JSX.Element {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const settle = (): void => {
    const read = typed === undefined ? undefined : tidyTime(typed);
    setTyped(undefined);
    if (read !== undefined && read !== time) onChange(read);
  };
  return (
    <label>
      <span class="visually-hidden">{label}</span>
      <input
        class="control"
        inputmode="numeric"
        autocomplete="off"
        value={typed ?? time}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={settle}
        onKeyDown={(event) => event.key === 'Enter' && settle()}
      />
    </label>
  );
}
