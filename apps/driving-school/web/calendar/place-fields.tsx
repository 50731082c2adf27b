import { SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { lessonMinutesMax, lessonMinutesMin } from '../../contract/lessons.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import type { DraftStart, PlaceDraft } from './booking-draft.ts';
import { clocksDiffer, zoneLong, zoneShort } from './calendar-text.ts';
import { tidyTime } from './typed-time.ts';

/** Someone or something to choose. */
export interface Option {
  readonly id: string;
  readonly name: string;
}

/** Usual lengths, in minutes. */
const lengths = [30, 45, 60, 75, 90, 105, 120, 150, 180, 240];

/** The fields of time and place, in the dialogs for booking and moving. */
export function PlaceFields({
  draft,
  start,
  zone,
  schoolZone,
  instructors,
  vehicles,
  locations,
  onChange,
}: {
  readonly draft: PlaceDraft;
  readonly start: DraftStart;
  /** The zone of the chosen location, and that of the calendar. */
  readonly zone: string;
  readonly schoolZone: string;
  readonly instructors: readonly Option[];
  /** With words about each car at this time. */
  readonly vehicles: readonly Option[];
  readonly locations: readonly Option[];
  readonly onChange: (changes: Partial<PlaceDraft>) => void;
}): JSX.Element {
  const { choices } = start;
  const problemOf = (field: 'date' | 'time'): string | undefined =>
    !start.ok && start.field === field ? start.message : undefined;
  const now = start.ok ? start.epochMs : Date.now();
  const isOtherZone = clocksDiffer(now, zone, schoolZone);
  return (
    <>
      <div class="place-time">
        <TextField
          id="place-date"
          label="Day"
          type="date"
          value={draft.date}
          problem={problemOf('date')}
          onInput={(date) => onChange({ date, choice: '' })}
        />
        <TextField
          id="place-time"
          label="Start"
          inputmode="numeric"
          autocomplete="off"
          value={draft.time}
          problem={problemOf('time')}
          {...(isOtherZone && { hint: `${zoneLong(now, zone)}, as at the location` })}
          onInput={(time) => onChange({ time, choice: '' })}
          onBlur={() => onChange({ time: tidyTime(draft.time) ?? draft.time })}
        />
        <SelectField
          label="Length"
          value={String(draft.minutes)}
          options={optionsOfLength(draft.minutes)}
          onChange={(minutes) => onChange({ minutes: Number(minutes) })}
        />
      </div>
      {choices.length > 0 && (
        <SelectField
          label="Which of the two times"
          value={draft.choice}
          options={[
            ...(draft.choice === '' ? [{ value: '', label: 'Choose…' }] : []),
            ...choices.map((choice) => ({
              value: choice,
              label: `${choice.slice(11, 16)} ${zoneShort(Date.parse(choice), zone)}`,
            })),
          ]}
          onChange={(choice) => onChange({ choice })}
        />
      )}
      <div class="form-fields place-who">
        <SelectField
          label="Instructor"
          value={draft.instructorId}
          options={[
            ...(draft.instructorId === '' ? [{ value: '', label: 'Choose…' }] : []),
            ...optionsOf(instructors, draft.instructorId),
          ]}
          onChange={(instructorId) => onChange({ instructorId })}
        />
        <SelectField
          label="Car"
          value={draft.vehicleId}
          options={[{ value: '', label: 'Without a car' }, ...optionsOf(vehicles, draft.vehicleId)]}
          onChange={(vehicleId) => onChange({ vehicleId })}
        />
        {locations.length > 1 && (
          <SelectField
            label="Location"
            value={draft.locationId}
            options={optionsOf(locations, draft.locationId)}
            onChange={(locationId) => onChange({ locationId, choice: '' })}
          />
        )}
      </div>
    </>
  );
}

function optionsOf(things: readonly Option[], chosen: string): { value: string; label: string }[] {
  const options = things.map(({ id, name }) => ({ value: id, label: name }));
  if (chosen !== '' && !things.some(({ id }) => id === chosen)) options.push({ value: chosen, label: 'Selected' });
  return options;
}

function optionsOfLength(minutes: number): { value: string; label: string }[] {
  const all = [...new Set([...lengths, minutes])].filter(
    (each) => each >= lessonMinutesMin && each <= lessonMinutesMax,
  );
  return all.toSorted((a, b) => a - b).map((each) => ({ value: String(each), label: lengthText(each) }));
}
