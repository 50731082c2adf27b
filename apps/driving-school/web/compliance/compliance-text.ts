import type { Expiry, ExpiryKind } from '../../contract/compliance.ts';

/** The document in a list about several kinds. */
export const kindNames: Readonly<Record<ExpiryKind, string>> = {
  instructor_licence: 'Instructor’s licence',
  instructor_contract: 'Contract',
  vehicle_insurance: 'Insurance',
  vehicle_registration: 'Registration',
  vehicle_safety: 'Safety certificate',
  student_licence: 'Driver’s licence',
};

/** The time until a document expires: `in 12 days`, `today is the last day`, `3 days ago`. */
export function daysLeftText(days: number): string {
  if (days === 0) return 'today is the last day';
  const count = Math.abs(days);
  const text = count === 1 ? '1 day' : `${count.toLocaleString('en-CA')} days`;
  return days > 0 ? `in ${text}` : `${text} ago`;
}

/** The address of the page of a person or car. */
export function subjectHref({ subject_kind, subject_id }: Pick<Expiry, 'subject_kind' | 'subject_id'>): string {
  const folders = { instructor: 'instructors', vehicle: 'vehicles', student: 'students' } as const;
  return `/${folders[subject_kind]}/${encodeURIComponent(subject_id)}`;
}
