import type { Expiry, ExpiryKind } from '../../contract/compliance.ts';
import { isLicensedOn, isUnderContractOn } from '../../contract/booking/instructor-dates.ts';
import type { InstructorFacts, StudentFacts, VehicleFacts } from '../../contract/booking/world.ts';
import { addDays, type CalendarDay } from '../../contract/parsers.ts';

/** The facts of everyone and everything whose documents are checked. Only those in use. */
export interface ComplianceFacts {
  readonly instructors: readonly InstructorFacts[];
  readonly vehicles: readonly VehicleFacts[];
  /** Students with booked lessons. */
  readonly students: readonly StudentFacts[];
  /** Booked lessons from now on, the earliest first. */
  readonly lessons: readonly {
    readonly id: string;
    readonly local_date: CalendarDay;
    readonly student_id: string;
    readonly instructor_id: string;
    readonly vehicle_id: string | null;
  }[];
}

/** A document: its last valid day, and whether it allows lessons on a day. */
interface Document {
  readonly kind: ExpiryKind;
  readonly subject_kind: Expiry['subject_kind'];
  readonly subject_id: string;
  readonly name: string;
  readonly expires_on: CalendarDay | null;
  /** Whether lessons need it, so that it is missing without a date. */
  readonly required: boolean;
  allows(day: CalendarDay): boolean;
}

/**
 * Lists documents that have expired, expire within some days, or are missing although lessons need them, with the booked
 * lessons that each refuses. A document that is neither is listed as well when it refuses a lesson.
 *
 * @returns missing ones first, then by date
 */
export function expiries(facts: ComplianceFacts, { today, days }: { today: CalendarDay; days: number }): Expiry[] {
  const until = addDays(today, days);
  const lessonsOf = lessonsBySubject(facts);
  return documents(facts)
    .map(({ allows, required, ...document }): Expiry | undefined => {
      const booked = lessonsOf.get(document.subject_id) ?? [];
      const affected = booked.filter(({ local_date: day }) => !allows(day)).map(({ id }) => id);
      const { expires_on: on } = document;
      const isListed = affected.length > 0 || (on === null ? required : on <= until);
      if (!isListed) return undefined;
      return {
        ...document,
        state: on === null ? 'missing' : on < today ? 'expired' : 'expiring',
        days_left: on === null ? null : daysBetween(today, on),
        affected_lessons: affected,
        affected_count: affected.length,
      };
    })
    .filter((expiry) => expiry !== undefined)
    .toSorted(
      (one, other) =>
        compare(one.expires_on ?? '', other.expires_on ?? '') ||
        compare(one.name, other.name) ||
        compare(one.kind, other.kind),
    );
}

function documents({ instructors, vehicles, students }: ComplianceFacts): Document[] {
  return [
    ...instructors.flatMap((instructor): Document[] => {
      const subject = { subject_kind: 'instructor', subject_id: instructor.id, name: instructor.name } as const;
      return [
        {
          ...subject,
          kind: 'instructor_licence',
          expires_on: instructor.licence_expires_on,
          required: true,
          allows: (day) => isLicensedOn(instructor, day),
        },
        {
          ...subject,
          kind: 'instructor_contract',
          expires_on: instructor.contract_to,
          required: false,
          allows: (day) => !instructor.disabled && isUnderContractOn(instructor, day),
        },
      ];
    }),
    ...vehicles.flatMap((vehicle): Document[] => {
      const subject = { subject_kind: 'vehicle', subject_id: vehicle.id, name: vehicle.name } as const;
      const document = (kind: ExpiryKind, expires_on: CalendarDay | null, required: boolean): Document => ({
        ...subject,
        kind,
        expires_on,
        required,
        allows: (day) => (expires_on === null ? !required : day <= expires_on),
      });
      return [
        document('vehicle_insurance', vehicle.insurance_expires_on, true),
        document('vehicle_registration', vehicle.registration_expires_on, true),
        document('vehicle_safety', vehicle.safety_expires_on, false),
      ];
    }),
    ...students.map((student): Document => {
      const { licence_class, licence_issued_on: from, licence_expires_on } = student;
      const hasNone = licence_class === 'none';
      return {
        kind: 'student_licence',
        subject_kind: 'student',
        subject_id: student.id,
        name: student.name,
        expires_on: hasNone ? null : licence_expires_on,
        required: hasNone,
        allows: (day) =>
          !hasNone && (from === null || from <= day) && (licence_expires_on === null || day <= licence_expires_on),
      };
    }),
  ];
}

function lessonsBySubject({ lessons }: ComplianceFacts): ReadonlyMap<string, ComplianceFacts['lessons'][number][]> {
  const found = new Map<string, ComplianceFacts['lessons'][number][]>();
  for (const lesson of lessons) {
    for (const id of [lesson.student_id, lesson.instructor_id, lesson.vehicle_id]) {
      if (id === null) continue;
      const list = found.get(id);
      if (list === undefined) found.set(id, [lesson]);
      else list.push(lesson);
    }
  }
  return found;
}

/** Days from one calendar day to another. In UTC, every day has 24 hours. */
function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
