import { announce, SelectField, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseEmail } from '../../contract/parsers.ts';
import { api } from '../api.ts';
import type { Invite, Invited } from '../contract-types.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { nameProblem } from './edit-person-dialog.tsx';
import { roleMeanings, roleOptions } from './role-names.ts';

/** Invites someone by name, e-mail address and role. */
export function InviteDialog({
  onClose,
  onInvited,
}: {
  readonly onClose: () => void;
  readonly onInvited: (invited: Invited) => void;
}): JSX.Element {
  const [form, setForm] = useState<Invite>({ name: '', email: '', role: 'office' });
  const invite = useSubmit<Invite, keyof Invite>({
    fields: ['name', 'email', 'role'],
    check: ({ name, email }) => ({ name: nameProblem(name), email: emailProblem(email) }),
    async send(typed) {
      const invited = await api.invite(typed);
      announce(`${invited.data.name} was invited.`);
      onInvited(invited);
    },
  });

  return (
    <FormDialog
      title="Invite someone"
      intro="You get a one-time link to send to them. They use it to choose a password."
      submission={invite}
      content={form}
      submitLabel="Create link"
      onClose={onClose}
    >
      <TextField
        id="invite-name"
        autofocus
        label="Name"
        autocomplete="off"
        value={form.name}
        problem={invite.problems.name}
        onInput={(name) => setForm({ ...form, name })}
        onBlur={() => form.name !== '' && invite.setProblem('name', nameProblem(form.name))}
      />
      <TextField
        id="invite-email"
        label="E-mail"
        type="email"
        autocomplete="off"
        hint="For signing in."
        value={form.email}
        problem={invite.problems.email}
        onInput={(email) => setForm({ ...form, email })}
        onBlur={() => form.email !== '' && invite.setProblem('email', emailProblem(form.email))}
      />
      <SelectField
        id="invite-role"
        label="Role"
        hint={roleMeanings[form.role]}
        value={form.role}
        problem={invite.problems.role}
        options={roleOptions}
        onChange={(role) => setForm({ ...form, role })}
      />
    </FormDialog>
  );
}

/** Checks an e-mail address. @returns the problem; undefined when there is none */
export function emailProblem(email: string): string | undefined {
  if (email.trim() === '') return 'Enter an e-mail address.';
  const parsed = parseEmail(email);
  return parsed.ok ? undefined : parsed.message;
}
