/** The school's clock, which this device's may differ from: it may be wrong, or the school's is set for a demonstration. */
import { computed, signal } from '@preact/signals';

/** Between updates of `schoolNow`, in milliseconds. */
const tickMs = 20_000;
/** Smaller differences are the time that an answer takes. */
const sameMs = 5_000;

/** How far the school's clock is ahead of this device's, in milliseconds. */
export const schoolAheadMs = signal(0);
/** Whether the school's clock is set for a demonstration, as `GET /api/session` tells. */
export const isDemonstration = signal(false);
const deviceNow = signal(Date.now());

/** The school's clock, in steps of 20 s. */
export const schoolNow = computed(() => deviceNow.value + schoolAheadMs.value);

/** The school's clock at this moment. */
export function schoolDate(): Date {
  return new Date(Date.now() + schoolAheadMs.value);
}

/** Sets the school's clock from an answer of the server. */
export function setSchoolClock(now: string | number): void {
  const ahead = (typeof now === 'number' ? now : Date.parse(now)) - Date.now();
  if (Math.abs(ahead - schoolAheadMs.peek()) > sameMs) schoolAheadMs.value = ahead;
}

/** Sets the school's clock from the age of a copy. */
export function noteCopyAge(body: unknown): void {
  const { as_of, copy_age_seconds: age } = Object(body) as {
    readonly as_of?: unknown;
    readonly copy_age_seconds?: unknown;
  };
  if (typeof as_of === 'string' && typeof age === 'number') setSchoolClock(Date.parse(as_of) + age * 1_000);
}

/** Updates `schoolNow`. @returns a function that stops this */
export function watchClock(): () => void {
  deviceNow.value = Date.now();
  const timer = setInterval(() => (deviceNow.value = Date.now()), tickMs);
  return () => clearInterval(timer);
}
