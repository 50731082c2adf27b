import {
  announce,
  Banner,
  Button,
  type Column,
  CopyField,
  Dialog,
  EmptyState,
  notify,
  PageHeader,
  RelativeTime,
  SelectField,
  Skeleton,
  StatusMark,
  Table,
  TextField,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { parseEmail, parseName } from '../../contract/parsers.ts';
import { api, ProblemResponse } from '../api.ts';
import { ConfirmAct } from '../confirm-act.tsx';
import type { OneTimeLink, Role, User } from '../contract-types.ts';
import { type Failure, failureOf, saveFailureOf } from '../failure.ts';
import { keyPerIntent } from '../idempotent.ts';
import { usePageTitle } from '../page-title.ts';
import { problemsByField } from '../problem-fields.ts';
import { closedReason, refreshAfterOutage, user as signedInUser } from '../session.ts';
import { roleMeanings, roleNames } from './role-names.ts';

type Open =
  | { readonly what: 'invite' }
  | { readonly what: 'edit'; readonly person: User }
  | { readonly what: 'new-link'; readonly person: User }
  | { readonly what: 'disable'; readonly person: User }
  | { readonly what: 'reset-factor'; readonly person: User }
  | { readonly what: 'link'; readonly person: User; readonly link: OneTimeLink };

/** The people of the school and what they may do. For the owner. */
export function PeoplePage(): JSX.Element {
  usePageTitle('People');
  const [people, setPeople] = useState<readonly User[] | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [open, setOpen] = useState<Open | undefined>(undefined);

  const read = async (): Promise<'live' | 'copy'> => {
    try {
      const { body } = await api.users();
      setPeople(body.data);
      setFailure(undefined);
      return 'live';
    } catch (error) {
      const failed = failureOf(error);
      setFailure(failed);
      return failed.status === undefined || failed.status >= 500 ? 'copy' : 'live';
    }
  };
  useEffect(() => {
    void read();
    return refreshAfterOutage(read);
  }, []);

  const close = (): void => setOpen(undefined);
  const replace = (changed: User): void => {
    setPeople(people?.map((person) => (person.id === changed.id ? changed : person)));
  };
  const enable = async (person: User): Promise<void> => {
    try {
      replace((await api.changeUser(person.id, { disabled: false })).body.data);
      notify(`${person.name} can sign in again.`);
    } catch (error) {
      setFailure(saveFailureOf(error));
    }
  };

  return (
    <div class="page">
      <PageHeader
        title="People"
        description="Who can sign in, and what they may do."
        actions={
          <Button
            variant="primary"
            icon="plus"
            closedReason={closedReason.value}
            onClick={() => setOpen({ what: 'invite' })}
          >
            Invite someone
          </Button>
        }
      />
      {failure !== undefined && people !== undefined && (
        <Banner tone="warning" role="alert" title={failure.title}>
          <p>{failure.detail}</p>
        </Banner>
      )}
      <div class="table-frame people-table">
        {people === undefined ? (
          failure === undefined ? (
            <div class="loading-rows" role="status">
              <span class="visually-hidden">Loading…</span>
              <div>
                <Skeleton width="40%" />
              </div>
              <div>
                <Skeleton width="34%" />
              </div>
            </div>
          ) : (
            <EmptyState
              icon="clock"
              title="The list of people can't be shown right now"
              actions={<Button onClick={() => void read()}>Try again</Button>}
            >
              {failure.detail} No copy of this list is kept.
            </EmptyState>
          )
        ) : (
          <Table
            caption="People"
            columns={columnsFor(setOpen, (person) => void enable(person))}
            rows={people}
            rowKey={({ id }) => id}
          />
        )}
      </div>
      {open?.what === 'invite' && (
        <InviteDialog
          onClose={close}
          onInvited={(person, link) => {
            setPeople([...(people ?? []), person]);
            setOpen({ what: 'link', person, link });
          }}
        />
      )}
      {open?.what === 'edit' && (
        <EditDialog
          person={open.person}
          onClose={close}
          onResetFactor={() => setOpen({ what: 'reset-factor', person: open.person })}
          onSaved={(changed) => {
            replace(changed);
            close();
            notify(`${changed.name} is saved.`);
          }}
        />
      )}
      {open?.what === 'new-link' && (
        <ConfirmAct
          title={`Create a new link for ${open.person.name}?`}
          confirmLabel="Create link"
          text="They choose a new password with it. Earlier links stop working. The current password works until they choose a new one."
          act={async () => {
            const { body } = await api.newLink(open.person.id);
            setOpen({ what: 'link', person: body.data, link: body.link });
          }}
          onClose={close}
        />
      )}
      {open?.what === 'disable' && (
        <ConfirmAct
          title={`Disable ${open.person.name}?`}
          confirmLabel="Disable"
          danger
          text="They are signed out and can't sign in again, and links they haven't used stop working. Nothing they have recorded is removed. You can enable them at any time."
          act={async () => {
            replace((await api.changeUser(open.person.id, { disabled: true })).body.data);
            close();
            notify(`${open.person.name} is disabled.`);
          }}
          onClose={close}
        />
      )}
      {open?.what === 'reset-factor' && (
        <ConfirmAct
          title={`Reset the second factor of ${open.person.name}?`}
          confirmLabel="Reset second factor"
          danger
          text="For a person who has lost their phone and recovery codes. They are signed out, and their password alone is enough to sign in until they set up a new second factor. Make sure the request really comes from them."
          act={async () => {
            replace((await api.resetSecondFactor(open.person.id)).body.data);
            close();
            notify(`The second factor of ${open.person.name} is off.`);
          }}
          onClose={close}
        />
      )}
      {open?.what === 'link' && <LinkDialog person={open.person} link={open.link} onClose={close} />}
    </div>
  );
}

function columnsFor(setOpen: (open: Open) => void, enable: (person: User) => void): readonly Column<User>[] {
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
    { key: 'status', header: 'Status', fit: true, cell: ({ status }) => <PersonStatus status={status} /> },
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
      cell: (person) => (
        <span class="row-actions">
          <Button size="small" closedReason={closedReason.value} onClick={() => setOpen({ what: 'edit', person })}>
            Edit<span class="visually-hidden"> {person.name}</span>
          </Button>
          {person.status !== 'disabled' && (
            <Button
              size="small"
              closedReason={closedReason.value}
              onClick={() => setOpen({ what: 'new-link', person })}
            >
              New link<span class="visually-hidden"> for {person.name}</span>
            </Button>
          )}
          {person.status === 'disabled' ? (
            <Button size="small" closedReason={closedReason.value} onClick={() => enable(person)}>
              Enable<span class="visually-hidden"> {person.name}</span>
            </Button>
          ) : (
            person.id !== signedInUser.value?.id && (
              <Button
                size="small"
                variant="danger-quiet"
                closedReason={closedReason.value}
                onClick={() => setOpen({ what: 'disable', person })}
              >
                Disable<span class="visually-hidden"> {person.name}</span>
              </Button>
            )
          )}
        </span>
      ),
    },
  ];
}

const statusMarks = {
  active: { shape: 'circle', tone: 'success', word: 'Active' },
  invited: { shape: 'half', tone: 'warning', word: 'Invited' },
  disabled: { shape: 'ring', tone: 'neutral', word: 'Disabled' },
} as const;

function PersonStatus({ status }: { readonly status: User['status'] }): JSX.Element {
  const { shape, tone, word } = statusMarks[status];
  return (
    <StatusMark shape={shape} tone={tone}>
      {word}
    </StatusMark>
  );
}

const roleOptions: readonly { readonly value: Role; readonly label: string }[] = (
  ['office', 'instructor', 'operator', 'owner'] as const
).map((role) => ({ value: role, label: roleNames[role] }));

const inviteFields = ['name', 'email', 'role'] as const;
type InviteField = (typeof inviteFields)[number];

function InviteDialog({
  onClose,
  onInvited,
}: {
  readonly onClose: () => void;
  readonly onInvited: (person: User, link: OneTimeLink) => void;
}): JSX.Element {
  const [form, setForm] = useState<{ name: string; email: string; role: Role }>({
    name: '',
    email: '',
    role: 'office',
  });
  const [problems, setProblems] = useState<Partial<Record<InviteField, string>>>({});
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [keyFor] = useState(keyPerIntent);
  const formRef = useRef<HTMLFormElement>(null);
  const focusFirst = (): void => {
    requestAnimationFrame(() => formRef.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };

  const judge = (field: 'name' | 'email'): string | undefined => {
    if (form[field].trim() === '') return field === 'name' ? 'Enter a name.' : 'Enter an e-mail address.';
    const parsed = field === 'name' ? parseName(form.name) : parseEmail(form.email);
    return parsed.ok ? undefined : parsed.message;
  };
  const show = (field: 'name' | 'email', problem: string | undefined): void => {
    const { [field]: _, ...others } = problems;
    setProblems(problem === undefined ? others : { ...others, [field]: problem });
  };
  const submit = async (): Promise<void> => {
    const [name, email] = [judge('name'), judge('email')];
    setProblems({ ...(name !== undefined && { name }), ...(email !== undefined && { email }) });
    if (name !== undefined || email !== undefined) {
      focusFirst();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      const { body } = await api.invite(form, keyFor(form));
      announce(`${body.data.name} is invited.`);
      onInvited(body.data, body.link);
    } catch (error) {
      if (error instanceof ProblemResponse && error.errors.length > 0) {
        const mapped = problemsByField(error.errors, inviteFields);
        setProblems(mapped.fields);
        if (mapped.rest.length > 0)
          setFailure({ title: error.title, detail: mapped.rest.join(' '), status: error.status });
        focusFirst();
      } else {
        setFailure(saveFailureOf(error));
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      title="Invite someone"
      busy={busy}
      closedReason={closedReason.value}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={busy} closedReason={closedReason.value} onClick={() => void submit()}>
            Create link
          </Button>
        </>
      }
    >
      <p class="muted">You get a one-time link to pass on. They use it to choose a password.</p>
      <form
        ref={formRef}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && closedReason.value === undefined) void submit();
        }}
      >
        {failure !== undefined && (
          <Banner tone="danger" role="alert" title={failure.title}>
            <p>{failure.detail}</p>
          </Banner>
        )}
        <TextField
          id="invite-name"
          autofocus
          label="Name"
          autocomplete="off"
          value={form.name}
          problem={problems.name}
          onInput={(name) => setForm({ ...form, name })}
          onBlur={() => form.name !== '' && show('name', judge('name'))}
        />
        <TextField
          id="invite-email"
          label="E-mail"
          type="email"
          autocomplete="off"
          hint="They use it to sign in."
          value={form.email}
          problem={problems.email}
          onInput={(email) => setForm({ ...form, email })}
          onBlur={() => form.email !== '' && show('email', judge('email'))}
        />
        <SelectField
          id="invite-role"
          label="Role"
          hint={roleMeanings[form.role]}
          value={form.role}
          problem={problems.role}
          options={roleOptions}
          onChange={(role) => setForm({ ...form, role })}
        />
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true">
          Create link
        </button>
      </form>
    </Dialog>
  );
}

function EditDialog({
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
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState(person.role);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const self = person.id === signedInUser.value?.id;

  const submit = async (): Promise<void> => {
    const parsed = parseName(name);
    const wrong = name.trim() === '' ? 'Enter a name.' : parsed.ok ? undefined : parsed.message;
    setProblem(wrong);
    if (wrong !== undefined) {
      requestAnimationFrame(() => document.getElementById('person-name')?.focus());
      return;
    }
    const change = { ...(name !== person.name && { name }), ...(role !== person.role && { role }) };
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      onSaved((await api.changeUser(person.id, change)).body.data);
    } catch (error) {
      setFailure(saveFailureOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Edit ${person.name}`}
      busy={busy}
      closedReason={closedReason.value}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={busy} closedReason={closedReason.value} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy && closedReason.value === undefined) void submit();
        }}
      >
        {failure !== undefined && (
          <Banner tone="danger" role="alert" title={failure.title}>
            <p>{failure.detail}</p>
          </Banner>
        )}
        <TextField
          id="person-name"
          autofocus
          label="Name"
          autocomplete="off"
          value={name}
          problem={problem}
          onInput={setName}
        />
        <SelectField
          id="person-role"
          label="Role"
          hint={roleMeanings[role]}
          warning={
            role === person.role
              ? undefined
              : self
                ? 'You are changing your own role. You will be signed out.'
                : person.status === 'invited'
                  ? 'Their invitation stops working. Create a new link after saving.'
                  : 'They are signed out and must sign in again. Links they have not used stop working.'
          }
          value={role}
          options={roleOptions}
          onChange={setRole}
        />
        <div class="person-factor">
          <p>
            Second factor: <strong>{person.second_factor ? 'on' : 'off'}</strong>
          </p>
          {person.second_factor && !self && (
            <Button size="small" variant="danger-quiet" closedReason={closedReason.value} onClick={onResetFactor}>
              Reset second factor
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

function LinkDialog({
  person,
  link,
  onClose,
}: {
  readonly person: User;
  readonly link: OneTimeLink;
  readonly onClose: () => void;
}): JSX.Element {
  return (
    <Dialog
      wide
      title={`Give this link to ${person.name}`}
      onClose={onClose}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        The link is shown only now. It works once and expires <RelativeTime instant={link.expires_at} form="both" />.
        Anyone who has it can choose the password, so give it to nobody else.
      </p>
      <CopyField label="One-time link" text={link.url} />
    </Dialog>
  );
}
