import { Badge, Button, CheckboxField, notify } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { guardianFields } from '../../contract/guardian-fields.ts';
import { type Guardian, parseGuardian, type StudentGuardian } from '../../contract/guardians.ts';
import { changedFields, fieldForm, type FormNameOf } from '../field-form.ts';
import { FieldInputs } from '../field-inputs.tsx';
import { problemsByField } from '../platform/problem-fields.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useResource } from '../platform/use-resource.ts';
import { useSubmit } from '../platform/use-submit.ts';
import { guardianApi } from './guardian-api.ts';

const form = fieldForm(guardianFields);
type Name = FormNameOf<typeof guardianFields>;
const leaves = leavesOf(guardianFields).filter(({ field }) => !('input' in field && field.input === false));
const relationOnly = leaves.filter(({ name }) => name === 'relation');
const idOf = (name: string): string => `guardian-${name}`;

interface Content {
  readonly fields: typeof form.empty;
  readonly isPrimary: boolean;
  readonly knownId: string | undefined;
}

/** Adds a guardian to a student, or changes one. A sibling's guardian is offered while the name is typed. */
export function GuardianDialog({
  studentId,
  guardian,
  isFirst,
  onSaved,
  onClose,
}: {
  readonly studentId: string;
  /** The guardian to change. Default: a new one. */
  readonly guardian?: StudentGuardian | undefined;
  /** Whether the student has no guardian yet: the first becomes the primary one. */
  readonly isFirst: boolean;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [fields, setFields] = useState(guardian === undefined ? form.empty : form.fromRecord(guardian));
  const [isPrimary, setIsPrimary] = useState(false);
  const [known, setKnown] = useState<Guardian | undefined>(undefined);

  const save = useSubmit<Content, Name>({
    fields: form.names,
    repeatable: true,
    check: (content) => (content.knownId === undefined ? problemsOf(content.fields) : {}),
    async send(content, idempotencyKey) {
      const relation = content.fields.relation;
      const parsed = parseGuardian(form.toInput(content.fields));
      if (content.knownId !== undefined) {
        const body = { guardian_id: content.knownId, relation, is_primary: content.isPrimary };
        await guardianApi.add(studentId, body, idempotencyKey);
      } else if (guardian === undefined) {
        const body = { ...form.toInput(content.fields), is_primary: content.isPrimary };
        await guardianApi.add(studentId, body, idempotencyKey);
      } else if (parsed.ok) {
        const changes = changedFields(guardianFields, guardian, parsed.value);
        if (Object.keys(changes).length > 0) {
          const { version } = guardian;
          await guardianApi.change(studentId, guardian.id, changes, { version, idempotencyKey });
        }
      }
      notify(`${known?.name ?? content.fields.name.trim()} is saved.`);
      onSaved();
    },
  });
  const state = {
    form: fields,
    problems: save.problems,
    type: (name: string, text: string) => setFields({ ...fields, [name]: text }),
    leaveField: (name: string) => {
      if (fields[name as Name].trim() !== '') save.setProblem(name as Name, problemsOf(fields)[name as Name]);
    },
  };

  return (
    <FormDialog
      title={guardian === undefined ? 'Add a guardian' : `Edit ${guardian.name}`}
      submission={save}
      content={{ fields, isPrimary, knownId: known?.id }}
      submitLabel={guardian === undefined ? 'Add guardian' : 'Save'}
      {...(guardian !== undefined && guardian.other_students > 0
        ? { intro: 'Also a guardian of another student: name, phone and e-mail change for both.' }
        : {})}
      onClose={onClose}
    >
      {known === undefined ? (
        <>
          <FieldInputs leaves={leaves} state={state} idOf={idOf} />
          {guardian === undefined && <KnownGuardians studentId={studentId} name={fields.name} onChoose={setKnown} />}
        </>
      ) : (
        <>
          <div class="record-row-title">
            <strong>{known.name}</strong>
            <span class="muted">{studentsText(known)}</span>
            <Button size="small" onClick={() => setKnown(undefined)}>
              Choose someone else
            </Button>
          </div>
          <FieldInputs leaves={relationOnly} state={state} idOf={idOf} />
        </>
      )}
      {guardian === undefined && !isFirst && (
        <CheckboxField
          label="Primary guardian, whom the school calls first"
          checked={isPrimary}
          onChange={setIsPrimary}
        />
      )}
    </FormDialog>
  );
}

/** The guardians whom the school knows by this name. */
function KnownGuardians({
  studentId,
  name,
  onChoose,
}: {
  readonly studentId: string;
  readonly name: string;
  readonly onChoose: (guardian: Guardian) => void;
}): JSX.Element | null {
  const text = name.trim();
  const found = useResource(
    async (signal) => (text.length < 3 ? undefined : await guardianApi.search(text, signal)),
    [text],
  );
  const others = (found.value?.data ?? []).filter(
    ({ students }) => !students.some(({ student_id }) => student_id === studentId),
  );
  if (others.length === 0) return null;
  return (
    <div class="stack" role="status">
      <p class="field-hint">The school knows guardians of this name. Choose one if it is the same person:</p>
      <ul class="record-rows">
        {others.slice(0, 3).map((guardian) => (
          <li key={guardian.id}>
            <div class="record-row-text">
              <p class="record-row-title">
                <strong>{guardian.name}</strong>
                <Badge>{studentsText(guardian)}</Badge>
              </p>
            </div>
            <Button size="small" onClick={() => onChoose(guardian)}>
              Choose
              <span class="visually-hidden"> {guardian.name}</span>
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function studentsText({ students }: Guardian): string {
  return `Guardian of ${students.map(({ student_name }) => student_name).join(', ')}`;
}

function problemsOf(typed: typeof form.empty): FieldProblems<Name> {
  const parsed = parseGuardian(form.toInput(typed));
  return parsed.ok ? {} : problemsByField(parsed.problems, form.names).fields;
}
