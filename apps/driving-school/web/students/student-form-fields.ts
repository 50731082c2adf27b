import { formatPhone } from '../../contract/student-fields.ts';
import type { Student, StudentChanges, StudentFields } from '../../contract/students.ts';

/** The fields of the form in their order. A name is the field's JSON pointer without the first slash. */
export const fieldNames = [
  'legal_given_names',
  'legal_family_name',
  'preferred_name',
  'birth_date',
  'preferred_language',
  'phone',
  'sms_capable',
  'email',
  'address/street',
  'address/city',
  'address/province',
  'address/postal_code',
  'licence_class',
  'licence_number',
  'licence_issued_on',
  'licence_expires_on',
  'licence_sighted_on',
  'licence_sighted_by',
  'instructor_id',
  'notes',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** What is typed, as it is typed. */
export type StudentForm = Readonly<Record<FieldName, string>>;

/** What each field is called, on the form and in messages about it. */
export const fieldLabels: Readonly<Record<FieldName, string>> = {
  legal_given_names: 'Given names',
  legal_family_name: 'Family name',
  preferred_name: 'Preferred name',
  birth_date: 'Birth date',
  preferred_language: 'Language',
  phone: 'Phone',
  sms_capable: 'Text messages',
  email: 'E-mail',
  'address/street': 'Street address',
  'address/city': 'City or town',
  'address/province': 'Province',
  'address/postal_code': 'Postal code',
  licence_class: 'Class',
  licence_number: 'Licence number',
  licence_issued_on: 'Issued on',
  licence_expires_on: 'Expires on',
  licence_sighted_on: 'Card seen on',
  licence_sighted_by: 'Card seen by',
  instructor_id: 'Instructor',
  notes: 'Notes',
};

/** A form with nothing in it but the usual choices. */
export const emptyForm: StudentForm = {
  ...(Object.fromEntries(fieldNames.map((name) => [name, ''])) as Record<FieldName, string>),
  preferred_language: 'en',
  sms_capable: 'unknown',
  'address/province': 'ON',
  licence_class: 'none',
};

/** A record as it stands in the form. The licence number stays empty: it is masked, and empty means "as it is". */
export function formFromStudent(student: Student): StudentForm {
  const { address } = student;
  return {
    legal_given_names: student.legal_given_names ?? '',
    legal_family_name: student.legal_family_name,
    preferred_name: student.preferred_name ?? '',
    birth_date: student.birth_date,
    preferred_language: student.preferred_language,
    phone: student.phone === null ? '' : formatPhone(student.phone, student.phone_extension),
    sms_capable: student.sms_capable,
    email: student.email ?? '',
    'address/street': address?.street ?? '',
    'address/city': address?.city ?? '',
    'address/province': address?.province ?? 'ON',
    'address/postal_code': address?.postal_code ?? '',
    licence_class: student.licence_class,
    licence_number: '',
    licence_issued_on: student.licence_issued_on ?? '',
    licence_expires_on: student.licence_expires_on ?? '',
    licence_sighted_on: student.licence_sighted_on ?? '',
    licence_sighted_by: student.licence_sighted_by ?? '',
    instructor_id: student.instructor_id ?? '',
    notes: student.notes ?? '',
  };
}

/** The form in the shape of the interface, for `parseStudent`. */
export function inputFromForm(form: StudentForm): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const name of fieldNames) if (!name.startsWith('address/')) input[name] = form[name];
  input['address'] = {
    street: form['address/street'],
    city: form['address/city'],
    province: form['address/province'],
    postal_code: form['address/postal_code'],
  };
  return input;
}

/** Whether anything was typed since. */
export function isChanged(form: StudentForm, since: StudentForm): boolean {
  return fieldNames.some((name) => form[name] !== since[name]);
}

/**
 * What to send: the fields that differ from the record, in their normal form, as a merge patch. Only the fields that
 * were changed on the form are sent, so that two people who change different fields do not undo each other.
 *
 * @param removeLicenceNumber the number on record is to be removed; a typed number replaces it
 */
export function changesBetween(
  student: Student,
  value: StudentFields,
  { removeLicenceNumber }: { readonly removeLicenceNumber: boolean },
): StudentChanges {
  const changes: Record<string, unknown> = {};
  for (const [name, now] of Object.entries(value)) {
    if (name === 'licence_number') continue;
    const before = student[name as Exclude<keyof StudentFields, 'licence_number'>];
    if (JSON.stringify(sorted(before)) !== JSON.stringify(sorted(now))) changes[name] = now;
  }
  if (value.licence_number !== null) changes['licence_number'] = value.licence_number;
  else if (removeLicenceNumber && student.licence_number_masked !== null) changes['licence_number'] = null;
  return changes;
}

/** A field that two people have changed, or one has changed behind the other's back. */
export interface Conflict {
  readonly name: FieldName;
  readonly label: string;
  readonly before: string;
  readonly theirs: string;
  /** What is typed here, when that is neither what it was nor what they made of it. */
  readonly yours: string | undefined;
}

/** What someone else has changed while the form was open. */
export function conflictsBetween(base: StudentForm, theirs: StudentForm, yours: StudentForm): Conflict[] {
  return fieldNames
    .filter((name) => base[name] !== theirs[name])
    .map((name) => ({
      name,
      label: fieldLabels[name],
      before: base[name],
      theirs: theirs[name],
      yours: yours[name] === base[name] || yours[name] === theirs[name] ? undefined : yours[name],
    }));
}

/** Puts what was typed here onto the newer record: fields that were not touched here take the newer value. */
export function rebase(base: StudentForm, theirs: StudentForm, yours: StudentForm): StudentForm {
  const form = { ...theirs };
  for (const name of fieldNames) if (yours[name] !== base[name]) form[name] = yours[name];
  return form;
}

/** Keys in one order, so that two equal objects are the same text. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
