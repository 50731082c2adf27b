import type { CalendarDay } from '../parsers.ts';
import type { RuleName } from '../rules.ts';
import type { VehicleFacts } from './world.ts';

/** The dates of a vehicle after which lessons can't be booked with it. */
export type VehicleDates = Pick<VehicleFacts, 'insurance_expires_on' | 'registration_expires_on' | 'safety_expires_on'>;

/** The hard rule about each date of a vehicle. */
export const vehicleDateRules = {
  insurance_expires_on: 'vehicle_insurance',
  registration_expires_on: 'vehicle_registration',
  safety_expires_on: 'vehicle_safety',
} as const satisfies Readonly<Record<keyof VehicleDates, RuleName>>;

/** The names of the dates. */
export const vehicleDateNames = Object.keys(vehicleDateRules) as (keyof VehicleDates)[];

/** Whether one date of a vehicle allows lessons on a day. As the rules of `judge.ts`; a test compares the two. */
export function isValidOn(dates: VehicleDates, name: keyof VehicleDates, day: CalendarDay): boolean {
  const expiresOn = dates[name];
  // A safety certificate is required only of some cars; insurance and registration of all.
  return expiresOn === null ? name === 'safety_expires_on' : day <= expiresOn;
}

/** The lessons that the rules about some dates of their vehicle refuse, in their order. */
export function lessonsBrokenBy<L extends { readonly local_date: CalendarDay }>(
  dates: VehicleDates,
  names: readonly (keyof VehicleDates)[],
  lessons: readonly L[],
): L[] {
  return lessons.filter(({ local_date: day }) => names.some((name) => !isValidOn(dates, name, day)));
}
