import { studentFields } from '../../contract/student-fields.ts';
import type { Student, StudentChanges, StudentFields } from '../../contract/students.ts';
import { changedFields, type ConflictOf, fieldForm, type FormNameOf, type FormOf } from '../field-form.ts';

/** The name of an input: its JSON pointer without the first slash. */
export type FieldName = FormNameOf<typeof studentFields>;
/** The text of each input. */
export type StudentForm = FormOf<typeof studentFields>;
/** A field that someone else has changed while the form was open. */
export type Conflict = ConflictOf<typeof studentFields>;

export const {
  names: fieldNames,
  labels: fieldLabels,
  empty: emptyForm,
  fromRecord: formFromStudent,
  toInput: inputFromForm,
  isChanged,
  conflictsBetween,
  rebase,
} = fieldForm(studentFields);

/**
 * Creates a merge patch with only the changed fields, so that users who change different fields do not undo each other's
 * changes.
 *
 * @param removeLicenceNumber removes the number on record, unless another one was typed
 */
export function changesBetween(
  student: Student,
  value: StudentFields,
  { removeLicenceNumber }: { readonly removeLicenceNumber: boolean },
): StudentChanges {
  const { licence_number } = value;
  const isRemoved = removeLicenceNumber && licence_number === null && student.licence_number_masked !== null;
  return {
    ...changedFields(studentFields, student, value),
    ...(licence_number !== null || isRemoved ? { licence_number } : {}),
  };
}
