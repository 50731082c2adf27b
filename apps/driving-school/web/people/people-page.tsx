import { Button, type Column, notify, PageHeader, RelativeTime, StatusMark, Table } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Invited, User } from '../contract-types.ts';
import { ConfirmAction } from '../platform/confirm-action.tsx';
import { RefreshFailure, ResourceTable } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { disabledReason, user as signedInUser } from '../session.ts';
import { EditPersonDialog } from './edit-person-dialog.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { InviteLaterDialog } from './invite-later-dialog.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { roleNames } from './role-names.ts';
import './people.css';

type OpenDialog =
  | { readonly kind: 'invite' }
  | { readonly kind: 'edit' | 'new-link' | 'disable' | 'reset-factor'; readonly person: User }
  | { readonly kind: 'link'; readonly invited: Invited };

/** Polling interval, in milliseconds, to show when an invited person has joined. */
const pollMs = 30_000;

/** The people of the school and their roles. For the owner. */
export function PeoplePage(): JSX.Element {
  const people = useResource(api.users, [], { pollMs });
  const [dialog, setDialog] = useState<OpenDialog | undefined>(undefined);
  const replace = (changed: User): void => {
    const { data = [] } = people.value ?? {};
    people.set({ data: data.map((person) => (person.id === changed.id ? changed : person)) });
  };
  const enable = useSubmit({
    async send(person: User) {
      replace((await api.changeUser(person.id, { disabled: false })).data);
      notify(`${person.name} can sign in again.`);
    },
  });

  return (
    <div class="page">
      <PageHeader
        title="People"
        description="People who can sign in, and their roles."
        actions={
          <Button
            variant="primary"
            icon="plus"
            disabledReason={disabledReason.value}
            onClick={() => setDialog({ kind: 'invite' })}
          >
            Invite someone
          </Button>
        }
      />
      <RefreshFailure resource={people} title="The list could not be refreshed" />
      <FailureBanner failure={enable.failure} />
      <ResourceTable
        class="people-table"
        resource={people}
        name="The list of people"
        hint="It can’t be shown during an outage."
      >
        {({ data }) => (
          <Table caption="People" columns={columnsFor(setDialog, enable)} rows={data} rowKey={({ id }) => id} />
        )}
      </ResourceTable>
      {dialog !== undefined && (
        <PersonDialog
          dialog={dialog}
          onOpen={setDialog}
          onClose={() => setDialog(undefined)}
          onChanged={replace}
          onInvited={(invited) => {
            people.set({ data: [...(people.value?.data ?? []), invited.data] });
            setDialog({ kind: 'link', invited });
          }}
        />
      )}
    </div>
  );
}

function PersonDialog({
  dialog,
  onOpen,
  onClose,
  onChanged,
  onInvited,
}: {
  readonly dialog: OpenDialog;
  readonly onOpen: (dialog: OpenDialog) => void;
  readonly onClose: () => void;
  readonly onChanged: (person: User) => void;
  readonly onInvited: (invited: Invited) => void;
}): JSX.Element {
  const changed = (person: User, message: string): void => {
    onChanged(person);
    onClose();
    notify(message);
  };
  if (dialog.kind === 'invite') return <InviteDialog onClose={onClose} onInvited={onInvited} />;
  if (dialog.kind === 'link') return <LinkDialog invited={dialog.invited} onClose={onClose} />;
  const { person } = dialog;
  const onInvitedLater = (invited: Invited): void => {
    onChanged(invited.data);
    onOpen({ kind: 'link', invited });
  };
  switch (dialog.kind) {
    case 'edit':
      return (
        <EditPersonDialog
          person={person}
          onClose={onClose}
          onResetFactor={() => onOpen({ kind: 'reset-factor', person })}
          onSaved={(saved) => changed(saved, `${saved.name} was saved.`)}
        />
      );
    case 'new-link':
      if (isUninvited(person)) {
        return <InviteLaterDialog person={person} onClose={onClose} onInvited={onInvitedLater} />;
      }
      return (
        <ConfirmAction
          title={`Create a new link for ${person.name}?`}
          confirmLabel="Create link"
          text="They can use it to choose a new password. Earlier links stop working. Their current password works until then."
          action={async () => onOpen({ kind: 'link', invited: await api.newLink(person.id) })}
          onClose={onClose}
        />
      );
    case 'disable':
      return (
        <ConfirmAction
          title={`Disable ${person.name}?`}
          confirmLabel="Disable"
          danger
          text="They’ll be signed out and can’t sign in again. Unused links stop working. Their records are kept, and you can enable them at any time."
          action={async () =>
            changed((await api.changeUser(person.id, { disabled: true })).data, `${person.name} was disabled.`)
          }
          onClose={onClose}
        />
      );
    case 'reset-factor':
    default:
      return (
        <ConfirmAction
          title={`Reset the second factor of ${person.name}?`}
          confirmLabel="Reset second factor"
          danger
          text="For a person who has lost their phone and recovery codes. They’ll be signed out, and need only their password to sign in until they set up a new second factor. Make sure that the request really comes from them."
          action={async () =>
            changed((await api.resetSecondFactor(person.id)).data, `The second factor of ${person.name} was reset.`)
          }
          onClose={onClose}
        />
      );
  }
}

function columnsFor(open: (dialog: OpenDialog) => void, enable: FormSubmission<User>): readonly Column<User>[] {
  return [
    {
      key: 'name',
      header: 'Name',
      cell: (person) => (
        <span class="person-name">
          <span>
            <strong>{person.name}</strong>
            {person.id === signedInUser.value?.id && <span class="muted"> (you)</span>}
          </span>
          <span class="muted">{person.email ?? 'No e-mail address yet'}</span>
        </span>
      ),
    },
    { key: 'role', header: 'Role', fit: true, cell: ({ role }) => roleNames[role] },
    { key: 'status', header: 'Status', fit: true, cell: (person) => <PersonStatus person={person} /> },
    {
      key: 'since',
      header: 'Added',
      fit: true,
      wideOnly: true,
      cell: ({ created_at: createdAt }) => (
        <span class="muted">
          <RelativeTime instant={createdAt} />
        </span>
      ),
    },
    {
      key: 'actions',
      header: 'Actions',
      headerHidden: true,
      fit: true,
      align: 'end',
      cell: (person) => <PersonActions person={person} open={open} enable={enable} />,
    },
  ];
}

function PersonActions({
  person,
  open,
  enable,
}: {
  readonly person: User;
  readonly open: (dialog: OpenDialog) => void;
  readonly enable: FormSubmission<User>;
}): JSX.Element {
  const closed = disabledReason.value;
  return (
    <span class="row-actions">
      <Button size="small" disabledReason={closed} onClick={() => open({ kind: 'edit', person })}>
        Edit<span class="visually-hidden"> {person.name}</span>
      </Button>
      {person.status !== 'disabled' && (
        <Button size="small" disabledReason={closed} onClick={() => open({ kind: 'new-link', person })}>
          {isUninvited(person) ? 'Invite' : 'New link'}
          <span class="visually-hidden">
            {isUninvited(person) ? ' ' : ' for '}
            {person.name}
          </span>
        </Button>
      )}
      {person.status === 'disabled' ? (
        <Button
          size="small"
          busy={enable.sending?.id === person.id}
          disabledReason={closed}
          onClick={() => void enable.submit(person)}
        >
          Enable<span class="visually-hidden"> {person.name}</span>
        </Button>
      ) : (
        person.id !== signedInUser.value?.id && (
          <Button
            size="small"
            variant="danger-quiet"
            disabledReason={closed}
            onClick={() => open({ kind: 'disable', person })}
          >
            Disable<span class="visually-hidden"> {person.name}</span>
          </Button>
        )
      )}
    </span>
  );
}

/** Whether a person was added without an e-mail address, such as an instructor. */
function isUninvited({ status, email }: User): boolean {
  return status === 'invited' && email === null;
}

const uninvitedMark = { shape: 'dotted', tone: 'neutral', label: 'Not invited' } as const;

const statusMarks = {
  active: { shape: 'circle', tone: 'success', label: 'Active' },
  invited: { shape: 'half', tone: 'warning', label: 'Invited' },
  disabled: { shape: 'ring', tone: 'neutral', label: 'Disabled' },
} as const;

function PersonStatus({ person }: { readonly person: User }): JSX.Element {
  const { shape, tone, label } = isUninvited(person) ? uninvitedMark : statusMarks[person.status];
  return (
    <StatusMark shape={shape} tone={tone}>
      {label}
    </StatusMark>
  );
}
