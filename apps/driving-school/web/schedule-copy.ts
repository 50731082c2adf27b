import { signal } from '@preact/signals';

/** The age from which the availability banner warns about the copies of the calendar and the day sheets, in seconds. */
const oldFromSeconds = 60 * 60;

/** When the copies that pages show were made, ISO 8601; undefined unless that is more than an hour ago. */
export const oldScheduleCopy = signal<string | undefined>(undefined);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Remembers the age of a copy of the calendar or a day sheet. A live answer ends the warning. */
export function noteScheduleCopy(path: string, body: unknown): void {
  if (!/^\/api\/(calendar\?|day-sheets\/)/.test(path)) return;
  const { as_of, copy_age_seconds: age } = Object(body) as {
    readonly as_of?: unknown;
    readonly copy_age_seconds?: unknown;
  };
  // An answer without data says nothing about the copies.
  if (typeof as_of !== 'string') return;
  clearTimeout(timer);
  if (typeof age !== 'number') {
    oldScheduleCopy.value = undefined;
    return;
  }
  oldScheduleCopy.value = age > oldFromSeconds ? as_of : undefined;
  if (age <= oldFromSeconds) {
    timer = setTimeout(() => (oldScheduleCopy.value = as_of), (oldFromSeconds - age + 1) * 1_000);
  }
}

/** Ends the warning: the data is live. */
export function forgetScheduleCopy(): void {
  clearTimeout(timer);
  oldScheduleCopy.value = undefined;
}
