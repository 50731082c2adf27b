import { Badge, Button, Card, ConfirmDialog, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { guardianFields } from '../../contract/guardian-fields.ts';
import type { StudentGuardian } from '../../contract/guardians.ts';
import { ageInYears } from '../../contract/parsers.ts';
import type { Student } from '../../contract/students.ts';
import { schoolDay } from '../courses/course-text.ts';
import '../courses/courses.css';
import { ResourceView } from '../platform/resource-view.tsx';
import { FailureBanner } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { disabledReason, mayWrite } from '../session.ts';
import { spokenName } from '../students/student-text.ts';
import { guardianApi } from './guardian-api.ts';
import { GuardianDialog } from './guardian-dialog.tsx';

/** Age of majority in Ontario. */
const fullAge = 18;

type Open = { readonly kind: 'add' } | { readonly kind: 'edit' | 'remove'; readonly guardian: StudentGuardian };

/** The guardians of a student, the primary one first. */
export function GuardiansCard({ student }: { readonly student: Student }): JSX.Element {
  const guardians = useResource((signal) => guardianApi.ofStudent(student.id, signal));
  const [open, setOpen] = useState<Open | undefined>(undefined);
  const close = (): void => setOpen(undefined);
  const saved = (): void => {
    close();
    void guardians.load();
  };
  const makePrimary = useSubmit<StudentGuardian>({
    repeatable: true,
    async send({ id, name, version }, idempotencyKey) {
      await guardianApi.makePrimary(student.id, id, { version, idempotencyKey });
      notify(`${name} is now the primary guardian.`);
      await guardians.load();
    },
  });
  const known = guardians.value;
  const isMinor = known !== undefined && ageInYears(student.birth_date, schoolDay(known.as_of)) < fullAge;

  return (
    <Card
      title="Guardians"
      flush
      actions={
        <>
          {isMinor && known.data.length === 0 && (
            <Badge tone="warning" shape="triangle">
              Minor without guardian
            </Badge>
          )}
          {mayWrite.value && (
            <Button
              size="small"
              icon="plus"
              disabledReason={disabledReason.value}
              onClick={() => setOpen({ kind: 'add' })}
            >
              Add guardian
            </Button>
          )}
        </>
      }
    >
      <FailureBanner failure={makePrimary.failure} />
      <ResourceView
        resource={guardians}
        name="The guardians"
        empty={({ data }) =>
          data.length === 0 && (
            <p class="record-empty muted">
              {isMinor
                ? 'None yet. A guardian must sign the contract of a student younger than 18.'
                : 'None. The student is an adult and needs none.'}
            </p>
          )
        }
      >
        {({ data }) => (
          <ul class="record-rows">
            {data.map((guardian) => (
              <GuardianRow key={guardian.id} guardian={guardian} makePrimary={makePrimary} onOpen={setOpen} />
            ))}
          </ul>
        )}
      </ResourceView>
      {(open?.kind === 'add' || open?.kind === 'edit') && (
        <GuardianDialog
          studentId={student.id}
          guardian={open.kind === 'edit' ? open.guardian : undefined}
          isFirst={known === undefined || known.data.length === 0}
          onSaved={saved}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <RemoveGuardian student={student} guardian={open.guardian} onRemoved={saved} onClose={close} />
      )}
    </Card>
  );
}

function GuardianRow({
  guardian,
  makePrimary,
  onOpen,
}: {
  readonly guardian: StudentGuardian;
  readonly makePrimary: FormSubmission<StudentGuardian>;
  readonly onOpen: (open: Open) => void;
}): JSX.Element {
  const { name, relation, phone, email, is_primary, other_students: others } = guardian;
  return (
    <li>
      <div class="record-row-text">
        <p class="record-row-title">
          <strong>{name}</strong>
          {relation !== null && <span class="muted">{relation}</span>}
          {is_primary && <Badge tone="info">Primary</Badge>}
          {others > 0 && <Badge>{others === 1 ? 'Also of a sibling' : `Also of ${others} siblings`}</Badge>}
        </p>
        <p class="record-row-title">
          {phone !== null && (
            <a class="numbers" href={`tel:${phone}`}>
              {guardianFields.phone.format(phone, guardian)}
            </a>
          )}
          {email !== null && <a href={`mailto:${email}`}>{email}</a>}
          {phone === null && email === null && <span class="muted">No phone or e-mail recorded</span>}
        </p>
      </div>
      {mayWrite.value && (
        <div class="record-row-actions">
          {!is_primary && (
            <Button
              size="small"
              busy={makePrimary.sending?.id === guardian.id}
              disabledReason={makePrimary.disabledReason}
              onClick={() => void makePrimary.submit(guardian)}
            >
              Make primary
              <span class="visually-hidden">: {name}</span>
            </Button>
          )}
          <Button size="small" disabledReason={disabledReason.value} onClick={() => onOpen({ kind: 'edit', guardian })}>
            Edit
            <span class="visually-hidden"> {name}</span>
          </Button>
          <Button
            size="small"
            variant="danger-quiet"
            disabledReason={disabledReason.value}
            onClick={() => onOpen({ kind: 'remove', guardian })}
          >
            Remove
            <span class="visually-hidden"> {name}</span>
          </Button>
        </div>
      )}
    </li>
  );
}

function RemoveGuardian({
  student,
  guardian,
  onRemoved,
  onClose,
}: {
  readonly student: Student;
  readonly guardian: StudentGuardian;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const remove = useSubmit({
    async send() {
      await guardianApi.remove(student.id, guardian.id);
      notify(`${guardian.name} is no longer a guardian of ${spokenName(student)}.`);
      onRemoved();
    },
  });
  return (
    <ConfirmDialog
      title={`Remove ${guardian.name}?`}
      confirmLabel="Remove guardian"
      danger
      busy={remove.busy}
      disabledReason={remove.disabledReason}
      onConfirm={() => void remove.submit()}
      onClose={onClose}
    >
      <p>
        {guardian.other_students > 0
          ? 'They stay a guardian of the other student.'
          : 'Their name, phone number and e-mail address are deleted, because the school has no other student of theirs.'}
      </p>
      <FailureBanner failure={remove.failure} />
    </ConfirmDialog>
  );
}
