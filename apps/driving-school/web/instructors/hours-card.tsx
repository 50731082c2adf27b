import { Banner, Button, Card, Field, notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type HoursText, parseHours, weekdayNames } from '../../contract/instructor-hours.ts';
import type { HoursAnswer } from '../../contract/instructors.ts';
import { api, ProblemResponse } from '../api.ts';
import { guardLeaving } from '../navigation.ts';
import { SubmitForm } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { dayText, tidyDate } from '../students/student-text.ts';
import { weeklyText } from './instructor-text.tsx';
import {
  emptyWeek,
  hoursOfWeeks,
  problemsOfWeeks,
  tidyDay,
  type WeekField,
  type WeekHours,
  weeksOf,
} from './week-hours.ts';

const workdays = [0, 1, 2, 3, 4];

/** Edits the working hours: a line of text a day, quick to fill by keyboard. */
export function HoursEditor({
  instructorId,
  answer,
  onSaved,
}: {
  readonly instructorId: string;
  readonly answer: HoursAnswer;
  readonly onSaved: (answer: HoursAnswer) => void;
}): JSX.Element {
  const stored = weeksOf(answer.data.hours);
  const [weeks, setWeeks] = useState(stored);
  const isChanged = JSON.stringify(weeks) !== JSON.stringify(stored);
  useEffect(() => (isChanged ? guardLeaving() : undefined), [isChanged]);
  const save = useSubmit<readonly WeekHours[], WeekField>({
    check: problemsOf,
    async send(typed) {
      const before = answer.data.hours;
      const saved = await api.setInstructorHours(instructorId, hoursOfWeeks(typed).hours);
      show(saved);
      notify('The working hours were saved.', {
        action: { label: 'Undo', run: () => void undo.submit(before) },
      });
    },
    explain(error, typed) {
      if (!(error instanceof ProblemResponse)) return undefined;
      const problems = problemsOfWeeks(error.errors, hoursOfWeeks(typed).sources);
      return Object.keys(problems).length === 0 ? undefined : { problems };
    },
  });
  const undo = useSubmit({
    async send(hours: readonly HoursText[]) {
      show(await api.setInstructorHours(instructorId, hours));
      notify('The earlier working hours were restored.');
    },
  });
  const show = (saved: HoursAnswer): void => {
    onSaved(saved);
    setWeeks(weeksOf(saved.data.hours));
  };
  const change = (index: number, part: Partial<WeekHours>): void => {
    const next = weeks.map((week, position) => (position === index ? { ...week, ...part } : week));
    setWeeks(next);
    // Problems disappear once they are corrected.
    if (Object.values(save.problems).some((problem) => problem !== undefined)) save.setProblems(problemsOf(next));
  };
  const hasSeasons = weeks.length > 1 || weeks.some(({ validFrom, validTo }) => validFrom !== '' || validTo !== '');

  return (
    <Card title="Working hours" actions={<span class="muted">{weeklyText(answer.data.weekly_minutes)}</span>}>
      <SubmitForm submission={save} content={weeks}>
        {undo.failure !== undefined && (
          <Banner tone="danger" role="alert" title={undo.failure.title}>
            <p>{undo.failure.detail}</p>
          </Banner>
        )}
        <p class="muted">
          Type <kbd>9-17</kbd> or <kbd>9-12, 13-17</kbd>; leave days off empty. Bookings outside of these hours need a
          reason.
        </p>
        {weeks.map((week, index) => (
          <WeekInputs
            key={index}
            index={index}
            week={week}
            limited={hasSeasons}
            problems={save.problems}
            onChange={(part) => change(index, part)}
            onRemove={weeks.length === 1 ? undefined : () => setWeeks(weeks.toSpliced(index, 1))}
          />
        ))}
        <div class="hours-bar">
          <Button type="submit" variant="primary" busy={save.busy} disabledReason={save.disabledReason}>
            Save hours
          </Button>
          {isChanged && (
            <Button
              onClick={() => {
                setWeeks(stored);
                save.show({});
              }}
            >
              Discard
            </Button>
          )}
          <Button variant="quiet" icon="plus" onClick={() => setWeeks([...weeks, emptyWeek])}>
            Other hours for a season
          </Button>
          <span class="muted" role="status">
            {isChanged ? 'Not saved yet.' : ''}
          </span>
        </div>
      </SubmitForm>
    </Card>
  );
}

function WeekInputs({
  index,
  week,
  limited,
  problems,
  onChange,
  onRemove,
}: {
  readonly index: number;
  readonly week: WeekHours;
  /** Whether the days on which the hours hold are shown. */
  readonly limited: boolean;
  readonly problems: Readonly<Partial<Record<WeekField, string | undefined>>>;
  readonly onChange: (part: Partial<WeekHours>) => void;
  readonly onRemove: (() => void) | undefined;
}): JSX.Element {
  const { days } = week;
  const setDays = (text: string, which: readonly number[]): void =>
    onChange({ days: days.map((day, position) => (which.includes(position) ? text : day)) });
  const limit = (name: 'validFrom' | 'validTo', label: string, field: 'from' | 'to'): JSX.Element => (
    <TextField
      id={`hours-${index}-${field}`}
      label={label}
      placeholder="YYYY-MM-DD"
      autocomplete="off"
      hint={week[name] === '' ? 'Empty: no limit' : undefined}
      value={week[name]}
      problem={problems[`${index}/${field}`]}
      onInput={(text) => onChange({ [name]: text })}
      onBlur={() => week[name] !== '' && onChange({ [name]: tidyDate(week[name]) })}
    />
  );
  return (
    <fieldset class="week">
      <legend class={limited ? 'week-title' : 'visually-hidden'}>{titleOf(week)}</legend>
      {limited && (
        <div class="week-limits">
          {limit('validFrom', 'From', 'from')}
          {limit('validTo', 'Until', 'to')}
          {onRemove !== undefined && (
            <Button size="small" variant="danger-quiet" onClick={onRemove}>
              Remove these hours
            </Button>
          )}
        </div>
      )}
      <div class="button-row">
        <Button size="small" onClick={() => setDays('09:00–17:00', workdays)}>
          Mon–Fri 9–17
        </Button>
        <Button size="small" onClick={() => setDays('', [...workdays, 5, 6])}>
          Clear all
        </Button>
      </div>
      {weekdayNames.map((name, day) => (
        <div key={name} class="week-day">
          <Field label={name} id={`hours-${index}-${day}`} problem={problems[`${index}/${day}`]}>
            {(control) => (
              <input
                {...control}
                class="control"
                autocomplete="off"
                spellcheck={false}
                placeholder="Day off"
                value={days[day]}
                onInput={(event) => setDays(event.currentTarget.value, [day])}
                onBlur={() => setDays(tidyDay(days[day] ?? ''), [day])}
                onKeyDown={(event) => {
                  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
                  const next = step && document.getElementById(`hours-${index}-${day + step}`);
                  if (!next) return;
                  event.preventDefault();
                  next.focus();
                }}
              />
            )}
          </Field>
          {days[day] !== '' && (
            <Button
              size="small"
              variant="quiet"
              icon="copy"
              iconOnly
              onClick={() => setDays(tidyDay(days[day] ?? ''), workdays)}
            >
              {`Copy ${name} to Monday to Friday`}
            </Button>
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** `Every week`, or the days on which the hours hold. */
function titleOf({ validFrom, validTo }: WeekHours): string {
  if (validFrom === '' && validTo === '') return 'Every week';
  if (validTo === '') return `From ${spoken(validFrom)}`;
  return validFrom === '' ? `Until ${spoken(validTo)}` : `${spoken(validFrom)} to ${spoken(validTo)}`;
}

function spoken(day: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`)) ? dayText(day) : day;
}

function problemsOf(weeks: readonly WeekHours[]): Readonly<Partial<Record<WeekField, string>>> {
  const { hours, sources, problems } = hoursOfWeeks(weeks);
  if (Object.keys(problems).length > 0) return problems;
  const parsed = parseHours({ hours });
  return parsed.ok ? {} : problemsOfWeeks(parsed.problems, sources);
}

/** Shows working hours that the user can't change. */
export function HoursCard({ answer }: { readonly answer: HoursAnswer }): JSX.Element {
  const weeks = weeksOf(answer.data.hours);
  return (
    <Card title="Working hours" actions={<span class="muted">{weeklyText(answer.data.weekly_minutes)}</span>}>
      {answer.data.hours.length === 0 ? (
        <p class="muted">The office has not recorded your working hours yet.</p>
      ) : (
        weeks.map((week) => (
          <section key={titleOf(week)} class="stack">
            {weeks.length > 1 && <h3>{titleOf(week)}</h3>}
            <dl class="week-list">
              {weekdayNames.map((name, day) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd class={week.days[day] === '' ? 'muted' : undefined}>{week.days[day] || 'Day off'}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))
      )}
    </Card>
  );
}
