import { computed, signal } from '@preact/signals';
import { localTime } from '../../contract/local-time.ts';
import type { CalendarDay } from '../../contract/parsers.ts';

/** Between updates of the now line, in milliseconds. */
const tickMs = 20_000;
/** Smaller differences are the time that an answer takes. */
const sameMs = 5_000;

/** How far the school's clock is ahead of this device's, in milliseconds. */
const offsetMs = signal(0);
const deviceNow = signal(Date.now());

/** The school's clock, in steps of 20 s. A device whose clock is wrong shows the right time. */
export const schoolNow = computed(() => deviceNow.value + offsetMs.value);

/** Sets the school's clock from a live answer of the server. */
export function setSchoolClock(asOf: string): void {
  const ahead = Date.parse(asOf) - Date.now();
  if (Math.abs(ahead - offsetMs.peek()) > sameMs) offsetMs.value = ahead;
}

/** Updates `schoolNow`. @returns a function that stops this */
export function watchClock(): () => void {
  deviceNow.value = Date.now();
  const timer = setInterval(() => (deviceNow.value = Date.now()), tickMs);
  return () => clearInterval(timer);
}

/** Today at the school. */
export function todayAt(zone: string): CalendarDay {
  return localTime(schoolNow.value, zone).day;
}
