import { Banner, Button, CheckboxField, LinkButton, SelectField } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { studentFields, studentSections } from '../../contract/student-fields.ts';
import type { StudentFields } from '../../contract/students.ts';
import { ProblemResponse } from '../api.ts';
import { failureOf } from '../failure.ts';
import { FieldInput, FieldInputs } from '../field-inputs.tsx';
import { user } from '../session.ts';
import { type Instructor, instructorsFor } from './instructors.ts';
import { fieldLabels, fieldNames } from './student-form-fields.ts';
import type { RestoredDraft, StudentFormState } from './use-student-form.ts';

/** The inputs of each section, in the order of the table. */
const sections = Object.entries(studentSections).map(([name, { title, about }]) => ({
  title,
  about,
  leaves: leavesOf(studentFields).filter((leaf) => studentFields[leaf.name as keyof StudentFields].section === name),
}));

/** The form of a new or existing student. */
export function StudentForm({
  state,
  saveLabel,
  cancelHref,
  masked,
  instructor,
}: {
  readonly state: StudentFormState;
  readonly saveLabel: string;
  readonly cancelHref: string;
  /** The masked licence number on record; null when there is none. */
  readonly masked: string | null;
  /** The instructor on record, offered even when the list can't be loaded. */
  readonly instructor: Instructor | undefined;
}): JSX.Element {
  const { submission } = state;
  const { busy, problems, failure, disabledReason: closed } = submission;
  const inputs = { ...state, problems };
  const alertRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (failure !== undefined) alertRef.current?.focus();
  }, [failure]);

  const invalid = fieldNames.filter((name) => problems[name] !== undefined);
  return (
    <form
      ref={submission.formRef}
      class="student-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        state.submit();
      }}
    >
      <div ref={alertRef} tabIndex={-1} class="form-alerts">
        {state.restored !== undefined && <RestoredBanner restored={state.restored} onDiscard={() => state.discard()} />}
        {failure !== undefined && (
          <Banner tone="danger" role="alert" title={failure.title}>
            <p>{failure.detail}</p>
          </Banner>
        )}
        {invalid.length > 1 && (
          <Banner tone="danger" role="alert" title={`Check ${invalid.length} fields. Nothing has been saved yet.`}>
            <ul>
              {invalid.map((name) => (
                <li key={name}>
                  <a
                    href={`#${idOf(name)}`}
                    onClick={(event) => {
                      event.preventDefault();
                      document.getElementById(idOf(name))?.focus();
                    }}
                  >
                    {fieldLabels[name]}
                  </a>
                  : {problems[name]}
                </li>
              ))}
            </ul>
          </Banner>
        )}
      </div>

      {sections.map(({ title, about, leaves }) => (
        <FormSection key={title} title={title} about={about}>
          <FieldInputs
            leaves={leaves}
            state={inputs}
            idOf={idOf}
            special={{
              licence_number: (leaf) => (
                <div class="stack">
                  <FieldInput
                    leaf={leaf}
                    state={inputs}
                    id={idOf(leaf.path)}
                    hint={masked === null ? leaf.field.hint : `Leave empty to keep ${masked}`}
                  />
                  {masked !== null && (
                    <CheckboxField
                      label="Remove the number on record"
                      checked={state.removeLicenceNumber}
                      onChange={(remove) => state.setRemoveLicenceNumber(remove)}
                    />
                  )}
                </div>
              ),
              instructor_id: () => <InstructorField state={state} onRecord={instructor} />,
            }}
          />
        </FormSection>
      ))}

      <div class="form-bar">
        <Button type="submit" variant="primary" busy={busy} disabledReason={closed}>
          {saveLabel}
        </Button>
        <LinkButton href={cancelHref}>Cancel</LinkButton>
        <p class="muted">{closed ?? (busy ? 'Saving…' : state.unsaved ? 'Not saved yet.' : '')}</p>
      </div>
    </form>
  );
}

/** Reports that unsaved changes from before a reload were restored. */
function RestoredBanner({
  restored: { alsoChanged, lostLicenceNumber },
  onDiscard,
}: {
  readonly restored: RestoredDraft;
  readonly onDiscard: () => void;
}): JSX.Element {
  return (
    <Banner
      tone="neutral"
      role="status"
      title="Your unsaved changes were restored"
      actions={
        <Button size="small" onClick={onDiscard}>
          Discard them
        </Button>
      }
    >
      <p>
        The page was reloaded before you saved them.
        {alsoChanged.length > 0 &&
          ` Someone else has changed this student since. Check these fields before you save: ${alsoChanged.join(', ')}.`}
        {lostLicenceNumber && ' For security, the licence number was not kept. Enter it again.'}
      </p>
    </Banner>
  );
}

function FormSection({
  title,
  about,
  children,
}: {
  readonly title: string;
  readonly about: string | undefined;
  readonly children: ComponentChildren;
}): JSX.Element {
  const titleId = useId();
  return (
    <section class="form-section" role="group" aria-labelledby={titleId}>
      <div>
        <h2 id={titleId}>{title}</h2>
        {about !== undefined && <p class="field-hint">{about}</p>}
      </div>
      <div class="form-fields">{children}</div>
    </section>
  );
}

/** Selects the instructor. Without the list, the instructor on record can still be kept or removed. */
function InstructorField({
  state,
  onRecord,
}: {
  readonly state: StudentFormState;
  readonly onRecord: Instructor | undefined;
}): JSX.Element {
  const [instructors, setInstructors] = useState<readonly Instructor[] | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const role = user.value?.role ?? 'office';
  useEffect(() => {
    const leaving = new AbortController();
    instructorsFor(role, leaving.signal).then(setInstructors, (error: unknown) => {
      if (leaving.signal.aborted) return;
      setProblem(`The list of instructors could not be loaded. ${failureOf(error).detail}`);
    });
    return () => leaving.abort();
  }, []);
  const known = [...(instructors ?? [])];
  if (onRecord !== undefined && !known.some(({ id }) => id === onRecord.id)) known.unshift(onRecord);
  return (
    <SelectField
      id={idOf('instructor_id')}
      label={fieldLabels.instructor_id}
      value={state.form.instructor_id}
      problem={state.submission.problems.instructor_id}
      warning={problem}
      hint={role === 'owner' || role === 'office' ? undefined : 'The office assigns instructors.'}
      options={[{ value: '', label: 'Not assigned' }, ...known.map(({ id, name }) => ({ value: id, label: name }))]}
      onChange={(value) => state.type('instructor_id', value)}
    />
  );
}

/** Replaces slashes, because the ID is used as a fragment. */
function idOf(name: string): string {
  return `student-${name.replace('/', '-')}`;
}

/** Whether someone else has changed the record in the meantime. */
export function isConflict(error: unknown): boolean {
  return error instanceof ProblemResponse && error.status === 412;
}
