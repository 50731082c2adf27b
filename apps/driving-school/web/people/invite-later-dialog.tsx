import { announce, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Invited, User } from '../contract-types.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { emailProblem } from './invite-dialog.tsx';

/** Invites a person who was added without an e-mail address. */
export function InviteLaterDialog({
  person,
  onClose,
  onInvited,
}: {
  readonly person: User;
  readonly onClose: () => void;
  readonly onInvited: (invited: Invited) => void;
}): JSX.Element {
  const [email, setEmail] = useState('');
  const invite = useSubmit<string, 'email'>({
    fields: ['email'],
    check: (typed) => ({ email: emailProblem(typed) }),
    async send(typed) {
      const invited = await api.newLink(person.id, typed);
      announce(`${person.name} was invited.`);
      onInvited(invited);
    },
  });
  return (
    <FormDialog
      title={`Invite ${person.name}`}
      intro="You get a one-time link to send to them. They use it to choose a password."
      submission={invite}
      content={email}
      submitLabel="Create link"
      onClose={onClose}
    >
      <TextField
        id="invite-later-email"
        autofocus
        label="E-mail"
        type="email"
        autocomplete="off"
        hint="For signing in."
        value={email}
        problem={invite.problems.email}
        onInput={setEmail}
      />
    </FormDialog>
  );
}
