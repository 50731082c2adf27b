/** Words and lists of slots and plans, without components. Days are `YYYY-MM-DD`, times wall time at the location. */
import type { OfferedSlot } from '../../contract/planning.ts';

/** Slots of one day, in the order of their times. */
export interface SlotDay {
  readonly day: string;
  readonly slots: readonly OfferedSlot[];
  /** The number of further slots of the day that are not shown. */
  readonly more: number;
}

export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Slots shown per day before a user asks for all. */
const slotsPerDay = 5;

/**
 * Groups slots by day. Shows the best ones of a day that don't overlap each other with the same instructor, because
 * neighbouring quarter hours are hardly a choice.
 *
 * @param slots best first
 * @param openDays days of which all slots are shown
 */
export function slotDays(
  slots: readonly OfferedSlot[],
  { minutes, openDays }: { readonly minutes: number; readonly openDays: ReadonlySet<string> },
): SlotDay[] {
  const byDay = Map.groupBy(slots, ({ local_start }) => local_start.slice(0, 10));
  return [...byDay]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, all]) => {
      const shown = openDays.has(day) ? all : distinct(all, minutes).slice(0, slotsPerDay);
      return { day, slots: inOrder(shown), more: all.length - shown.length };
    });
}

function distinct(slots: readonly OfferedSlot[], minutes: number): OfferedSlot[] {
  const chosen: OfferedSlot[] = [];
  for (const slot of slots) {
    const overlaps = chosen.some(
      (other) =>
        other.instructor_id === slot.instructor_id &&
        Math.abs(Date.parse(other.starts_at) - Date.parse(slot.starts_at)) < minutes * 60_000,
    );
    if (!overlaps) chosen.push(slot);
  }
  return chosen;
}

function inOrder(slots: readonly OfferedSlot[]): OfferedSlot[] {
  return slots.toSorted((a, b) => (a.starts_at < b.starts_at ? -1 : a.starts_at > b.starts_at ? 1 : b.score - a.score));
}

const dayFormat = new Intl.DateTimeFormat('en-CA', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
});
const longDayFormat = new Intl.DateTimeFormat('en-CA', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  timeZone: 'UTC',
});
const dateFormat = new Intl.DateTimeFormat('en-CA', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `Mon, Mar 9`. */
export function dayText(day: string): string {
  return dayFormat.format(Date.parse(`${day}T00:00:00Z`));
}

/** `Monday, March 9`. */
export function longDayText(day: string): string {
  return longDayFormat.format(Date.parse(`${day}T00:00:00Z`));
}

/** `Mar 9, 2026`. */
export function dateText(day: string): string {
  return dateFormat.format(Date.parse(`${day}T00:00:00Z`));
}

/** `17:00–18:00`. @param localStart wall time of the start, such as `2026-03-09T17:00` */
export function timesText(localStart: string, minutes: number): string {
  const start = Number(localStart.slice(11, 13)) * 60 + Number(localStart.slice(14, 16));
  return `${clock(start)}–${clock(start + minutes)}`;
}

function clock(minute: number): string {
  const ofDay = minute % 1_440;
  return `${String(Math.floor(ofDay / 60)).padStart(2, '0')}:${String(ofDay % 60).padStart(2, '0')}`;
}

/** `1 lesson`, `10 lessons`. */
export function lessonsText(count: number): string {
  return count === 1 ? '1 lesson' : `${count} lessons`;
}

/** The name of a record; empty when it is unknown. */
export function nameOf(records: readonly { readonly id: string; readonly name: string }[], id: string | null): string {
  return records.find((record) => record.id === id)?.name ?? '';
}
