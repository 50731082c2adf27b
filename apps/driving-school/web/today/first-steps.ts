/** The steps that a new school has to take before its first lesson. Pure. */
import type { Calendar } from '../../contract/calendar.ts';

/** A step, with the page on which it is done. */
export interface FirstStep {
  readonly label: string;
  readonly href: string;
}

/** The steps that are missing, in the order in which pages ask for them. */
export function missingSteps(
  { locations, data }: Pick<Calendar, 'locations' | 'data'>,
  { cars, students }: { readonly cars: number; readonly students: number },
): FirstStep[] {
  const hasHours = data.some(({ hours }) => hours.length > 0);
  const steps = [
    { label: 'Add a location', href: '/settings/locations', isDone: locations.length > 0 },
    { label: 'Add a car', href: '/vehicles', isDone: cars > 0 },
    { label: data.length === 0 ? 'Add an instructor' : 'Set working hours', href: '/instructors', isDone: hasHours },
    { label: 'Add a student', href: '/students', isDone: students > 0 },
  ];
  return steps.filter(({ isDone }) => !isDone);
}
