import { StatusMark } from '@dualbrake/kit';
import type { JSX } from 'preact';
import type { Instructor, LessonTime, TimeOff } from '../../contract/instructors.ts';
import { addDays } from '../../contract/parsers.ts';
import { wallTimeText } from '../day-text.ts';
import { lengthText } from '../../contract/rule-numbers.ts';
import { dayText } from '../students/student-text.ts';

const licenceMarks = {
  missing: { shape: 'dotted', tone: 'danger', label: 'No licence recorded' },
  expired: { shape: 'hexagon', tone: 'danger', label: 'Expired' },
  soon: { shape: 'triangle', tone: 'warning', label: 'Expires' },
  valid: { shape: 'circle', tone: 'success', label: 'Valid until' },
} as const;

/** The state of an instructor's licence: `Expires Mar 9, 2027`. */
export function LicenceMark({
  instructor: { licence_state, licence_expires_on: on },
  named = false,
}: {
  readonly instructor: Pick<Instructor, 'licence_state' | 'licence_expires_on'>;
  /** Whether the text says that it is about the licence. */
  readonly named?: boolean;
}): JSX.Element {
  const { shape, tone, label } = licenceMarks[licence_state];
  const text = named ? `Licence ${label.toLowerCase()}` : label;
  return (
    <StatusMark shape={shape} tone={tone}>
      {on === null ? label : `${text} ${dayText(on)}`}
    </StatusMark>
  );
}

/** A contract that does not hold today; undefined for one that does. */
export function contractText({
  contract_state,
  contract_from,
  contract_to,
}: Pick<Instructor, 'contract_state' | 'contract_from' | 'contract_to'>): string | undefined {
  if (contract_state === 'future' && contract_from !== null) return `Starts ${dayText(contract_from)}`;
  return contract_state === 'ended' && contract_to !== null ? `Left ${dayText(contract_to)}` : undefined;
}

/** Working hours: `37 h 30 min a week`. */
export function weeklyText(minutes: number): string {
  return minutes === 0 ? 'No working hours' : `${lengthText(minutes)} a week`;
}

/** The days or times of time off: `Mar 9 – Mar 13, 2026`, `Mar 9, 2026, 13:00–17:00`. */
export function timeOffText({ local_from, local_to, whole_days }: TimeOff): string {
  const [fromDay = '', fromTime = ''] = local_from.split('T');
  const [toDay = '', toTime = ''] = local_to.split('T');
  if (whole_days) {
    const lastDay = addDays(toDay, -1);
    return fromDay === lastDay ? dayText(fromDay) : `${dayText(fromDay)} – ${dayText(lastDay)}`;
  }
  return fromDay === toDay
    ? `${dayText(fromDay)}, ${fromTime}–${toTime}`
    : `${dayText(fromDay)}, ${fromTime} – ${dayText(toDay)}, ${toTime}`;
}

/** `1 lesson`, `3 lessons`. */
export function lessonsText(count: number): string {
  return count === 1 ? '1 lesson' : `${count.toLocaleString('en-CA')} lessons`;
}

/** The most lessons that are listed; the rest are counted. */
const listedMax = 8;

/** When lessons begin, by the clock of their location. */
export function LessonTimes({ lessons }: { readonly lessons: readonly LessonTime[] }): JSX.Element {
  const more = lessons.length - listedMax;
  return (
    <ul class="lesson-times">
      {lessons.slice(0, listedMax).map(({ id, local_start }) => (
        <li key={id}>{wallTimeText(local_start)}</li>
      ))}
      {more > 0 && <li>and {lessonsText(more)} more</li>}
    </ul>
  );
}
