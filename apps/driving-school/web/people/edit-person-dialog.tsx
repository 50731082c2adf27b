import { Button, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseName } from '../../contract/parsers.ts';
import { api } from '../api.ts';
import type { Role, User } from '../contract-types.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { user as signedInUser } from '../session.ts';
import { roleMeanings, roleOptions } from './role-names.ts';

interface Form {
  readonly name: string;
  readonly role: Role;
}

/** Changes a person's name and role, and links to resetting their second factor. */
export function EditPersonDialog({
  person,
  onClose,
  onResetFactor,
  onSaved,
}: {
  readonly person: User;
  readonly onClose: () => void;
  readonly onResetFactor: () => void;
  readonly onSaved: (person: User) => void;
}): JSX.Element {
  const [form, setForm] = useState<Form>({ name: person.name, role: person.role });
  const isSelf = person.id === signedInUser.value?.id;
  const save = useSubmit<Form, keyof Form>({
    fields: ['name', 'role'],
    check: ({ name }) => ({ name: nameProblem(name) }),
    async send({ name, role }) {
      const change = { ...(name !== person.name && { name }), ...(role !== person.role && { role }) };
      if (Object.keys(change).length === 0) onClose();
      else onSaved((await api.changeUser(person.id, change)).data);
    },
  });

  return (
    <FormDialog title={`Edit ${person.name}`} submission={save} content={form} submitLabel="Save" onClose={onClose}>
      <TextField
        id="person-name"
        autofocus
        label="Name"
        autocomplete="off"
        value={form.name}
        problem={save.problems.name}
        onInput={(name) => setForm({ ...form, name })}
      />
      <SelectField
        id="person-role"
        label="Role"
        hint={roleMeanings[form.role]}
        warning={form.role === person.role ? undefined : roleChangeWarning(person, { isSelf })}
        value={form.role}
        problem={save.problems.role}
        options={roleOptions}
        onChange={(role) => setForm({ ...form, role })}
      />
      <div class="person-factor">
        <p>
          Second factor: <strong>{person.second_factor ? 'on' : 'off'}</strong>
        </p>
        {person.second_factor && !isSelf && (
          <Button size="small" variant="danger-quiet" disabledReason={save.disabledReason} onClick={onResetFactor}>
            Reset second factor
          </Button>
        )}
      </div>
    </FormDialog>
  );
}

/** Checks a person's name. @returns the problem; undefined when there is none */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'Enter a name.';
  const parsed = parseName(name);
  return parsed.ok ? undefined : parsed.message;
}

function roleChangeWarning({ status }: User, { isSelf }: { readonly isSelf: boolean }): string {
  if (isSelf) return 'You’re changing your own role. You’ll be signed out.';
  return status === 'invited'
    ? 'Their invitation stops working. Create a new link after saving.'
    : 'They’ll be signed out and must sign in again. Unused links stop working.';
}
