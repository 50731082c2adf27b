import { mergePatch } from '../../contract/fields.ts';
import { guardianFields } from '../../contract/guardian-fields.ts';
import { ageInYears, type CalendarDay } from '../../contract/parsers.ts';

/** Age of majority in Ontario. */
export const fullAge = 18;

/** Whether a student is a minor on a day. */
export function isMinor(bornOn: CalendarDay, today: CalendarDay): boolean {
  return ageInYears(bornOn, today) < fullAge;
}

/** A guardian of a student, in the order in which they were added. */
export interface GuardianLink {
  readonly guardianId: string;
  readonly isPrimary: boolean;
}

/** The decision about removing a guardian: a refusal, or the next primary guardian. */
export type Removal =
  { readonly ok: true; readonly nextPrimary: string | undefined } | { readonly ok: false; readonly isLast: boolean };

/**
 * Decides about removing a guardian. A minor keeps the primary guardian; an adult student's next one, in the order in
 * which they were added, becomes primary.
 */
export function removalOf(guardianId: string, links: readonly GuardianLink[], ofMinor: boolean): Removal {
  const removed = links.find((link) => link.guardianId === guardianId);
  const others = links.filter((link) => link.guardianId !== guardianId);
  if (removed?.isPrimary !== true) return { ok: true, nextPrimary: undefined };
  if (ofMinor) return { ok: false, isLast: others.length === 0 };
  return { ok: true, nextPrimary: others[0]?.guardianId };
}

/** Applies a JSON merge patch; the result must be parsed. A new phone number drops the old extension. */
export function patchedGuardian(current: object, patch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mergePatch(
    guardianFields,
    { ...current, ...(Object.hasOwn(patch, 'phone') ? { phone_extension: null } : {}) },
    patch,
  );
}
