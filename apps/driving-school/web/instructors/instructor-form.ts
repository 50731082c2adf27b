import { leavesOf } from '../../contract/fields.ts';
import { instructorFields, newInstructorFields } from '../../contract/instructor-fields.ts';
import { parseInstructor, parseNewInstructor } from '../../contract/instructors.ts';
import { fieldForm, type FormNameOf, type FormOf } from '../field-form.ts';
import { problemsByField } from '../platform/problem-fields.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { tidyDate } from '../students/student-text.ts';

/** The form of an instructor. */
export const instructorForm = fieldForm(instructorFields);
export type InstructorForm = FormOf<typeof instructorFields>;
export type InstructorFormName = FormNameOf<typeof instructorFields>;

/** The form of a new instructor, with an e-mail address. */
export const newInstructorForm = fieldForm(newInstructorFields);
export type NewInstructorForm = FormOf<typeof newInstructorFields>;
export type NewInstructorFormName = FormNameOf<typeof newInstructorFields>;

/** Problems of the form, by field. */
export function instructorProblems(form: InstructorForm): FieldProblems<InstructorFormName> {
  const parsed = parseInstructor(instructorForm.toInput(form));
  return parsed.ok ? {} : problemsByField(parsed.problems, instructorForm.names).fields;
}

/** Problems of the form of a new instructor, by field. */
export function newInstructorProblems(form: NewInstructorForm): FieldProblems<NewInstructorFormName> {
  const parsed = parseNewInstructor(newInstructorForm.toInput(form));
  return parsed.ok ? {} : problemsByField(parsed.problems, newInstructorForm.names).fields;
}

const dayNames: ReadonlySet<string> = new Set(
  leavesOf(newInstructorFields).flatMap(({ path, field }) => (field.kind === 'day' ? [path] : [])),
);

/** Puts a typed date into its usual form. */
export function tidied<F extends Readonly<Record<string, string>>>(form: F, name: string): F {
  return dayNames.has(name) ? { ...form, [name]: tidyDate(form[name] ?? '') } : form;
}

/** The ID of an input. */
export function inputId(name: string): string {
  return `instructor-${name}`;
}
