import { announce } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { newInstructorFields } from '../../contract/instructor-fields.ts';
import { type InstructorAdded, type InstructorCreate, parseNewInstructor } from '../../contract/instructors.ts';
import { api } from '../api.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import {
  inputId,
  type NewInstructorForm,
  newInstructorForm,
  type NewInstructorFormName,
  newInstructorProblems,
  tidied,
} from './instructor-form.ts';

/** The inputs in the order in which the office has the facts. The rest can be added on the instructor's page. */
const order = ['name', 'email', 'phone', 'licence_number', 'licence_expires_on', 'contract_from', 'contract_to'];
const leaves = leavesOf(newInstructorFields)
  .filter(({ path }) => order.includes(path))
  .toSorted((one, other) => order.indexOf(one.path) - order.indexOf(other.path));

/** Adds an instructor, and invites them if there is an e-mail address. */
export function AddInstructorDialog({
  onClose,
  onAdded,
}: {
  readonly onClose: () => void;
  readonly onAdded: (added: InstructorAdded) => void;
}): JSX.Element {
  const [form, setForm] = useState<NewInstructorForm>(newInstructorForm.empty);
  const add = useSubmit<NewInstructorForm, NewInstructorFormName>({
    fields: newInstructorForm.names,
    repeatable: true,
    check: newInstructorProblems,
    async send(typed, idempotencyKey) {
      const parsed = parseNewInstructor(newInstructorForm.toInput(typed));
      if (!parsed.ok) return;
      const added = await api.addInstructor(parsed.value satisfies InstructorCreate, idempotencyKey);
      announce(`${added.data.name} was added.`);
      onAdded(added);
    },
  });
  return (
    <FormDialog
      title="Add an instructor"
      intro="Only the name is required. Lessons can be booked once the licence is recorded."
      submission={add}
      content={form}
      submitLabel="Add instructor"
      onClose={onClose}
    >
      <div class="form-fields">
        <FieldInputs
          leaves={leaves}
          idOf={inputId}
          state={{
            form,
            problems: add.problems,
            type: (name, text) => setForm({ ...form, [name]: text }),
            leaveField(name) {
              const next = tidied(form, name);
              setForm(next);
              const typed = name as NewInstructorFormName;
              if (next[typed].trim() !== '') add.setProblem(typed, newInstructorProblems(next)[typed]);
            },
          }}
        />
      </div>
    </FormDialog>
  );
}
