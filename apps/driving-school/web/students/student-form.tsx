import { Banner, Button, CheckboxField, LinkButton, SelectField, TextField } from '@dualbrake/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { provinces } from '../../contract/students.ts';
import { ProblemResponse } from '../api.ts';
import { failureOf } from '../failure.ts';
import { user } from '../session.ts';
import { TextAreaField } from '../text-area-field.tsx';
import { type Instructor, instructorsFor } from './instructors.ts';
import { type FieldName, fieldLabels, fieldNames } from './student-form-fields.ts';
import type { RestoredDraft, StudentFormState } from './use-student-form.ts';

/** The form of a student, for a new one and for one on record. Says at each field what is wrong with it. */
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
  /** The number on record, masked; `null` when there is none. */
  readonly masked: string | null;
  /** The instructor on record, who is offered even when the list cannot be read. */
  readonly instructor: Instructor | undefined;
}): JSX.Element {
  const { form, submission } = state;
  const { busy, problems, failure, closedReason: closed } = submission;
  const alertRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (failure !== undefined) alertRef.current?.focus();
  }, [failure]);

  const wrong = fieldNames.filter((name) => problems[name] !== undefined);
  const text = (name: FieldName) => ({
    id: idOf(name),
    name,
    label: fieldLabels[name],
    value: form[name],
    problem: problems[name],
    // The form is about someone else: what the browser knows about its user would be wrong here.
    autocomplete: 'off',
    onInput: (typed: string) => state.type(name, typed),
    onBlur: () => state.leaveField(name),
  });
  const date = (name: FieldName) => ({
    ...text(name),
    inputmode: 'text' as const,
    placeholder: 'YYYY-MM-DD',
    maxlength: 20,
  });

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
        {wrong.length > 1 && (
          <Banner tone="danger" role="alert" title={`Check ${wrong.length} fields. Nothing has been saved yet.`}>
            <ul>
              {wrong.map((name) => (
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

      <FormSection title="Person" about="The name as it is on the licence. A single name goes into Family name.">
        <TextField {...text('legal_given_names')} autocapitalize="words" />
        <TextField {...text('legal_family_name')} autocapitalize="words" required mark="required" />
        <TextField {...text('preferred_name')} autocapitalize="words" hint="What the student likes to be called" />
        <TextField {...date('birth_date')} required mark="required" hint="Year, month, day: 2008-03-09" />
        <SelectField
          id={idOf('preferred_language')}
          label={fieldLabels.preferred_language}
          value={form.preferred_language}
          problem={problems.preferred_language}
          options={[
            { value: 'en', label: 'English' },
            { value: 'fr', label: 'French' },
          ]}
          onChange={(value) => state.type('preferred_language', value)}
        />
      </FormSection>

      <FormSection title="Contact" about="How to reach the student.">
        <TextField {...text('phone')} type="tel" hint="Such as 416-555-0123, or 416-555-0123 ext. 12" />
        <SelectField
          id={idOf('sms_capable')}
          label={fieldLabels.sms_capable}
          value={form.sms_capable}
          problem={problems.sms_capable}
          options={[
            { value: 'unknown', label: 'Not known yet' },
            { value: 'yes', label: 'Yes, takes text messages' },
            { value: 'no', label: 'No, calls only' },
          ]}
          onChange={(value) => state.type('sms_capable', value)}
        />
        <Wide>
          <TextField
            {...text('email')}
            type="email"
            hint="Such as name@example.ca"
            autocapitalize="off"
            spellcheck={false}
          />
        </Wide>
        <Wide>
          <TextField {...text('address/street')} autocapitalize="words" hint="Number, street, unit" />
        </Wide>
        <TextField {...text('address/city')} autocapitalize="words" />
        <div class="field-pair">
          <SelectField
            id={idOf('address/province')}
            label={fieldLabels['address/province']}
            value={form['address/province']}
            problem={problems['address/province']}
            options={provinces.map((province) => ({ value: province, label: province }))}
            onChange={(value) => state.type('address/province', value)}
          />
          <TextField
            {...text('address/postal_code')}
            autocapitalize="characters"
            hint="Such as K1A 0B1"
            maxlength={12}
          />
        </div>
      </FormSection>

      <FormSection
        title="Driver’s licence"
        about="The number is stored encrypted and shown masked. Record who has seen the card, and when."
      >
        <SelectField
          id={idOf('licence_class')}
          label={fieldLabels.licence_class}
          value={form.licence_class}
          problem={problems.licence_class}
          options={[
            { value: 'none', label: 'No licence yet' },
            { value: 'G1', label: 'G1' },
            { value: 'G2', label: 'G2' },
            { value: 'G', label: 'G' },
          ]}
          onChange={(value) => state.type('licence_class', value)}
        />
        <div class="stack">
          <TextField
            {...text('licence_number')}
            autocapitalize="characters"
            spellcheck={false}
            maxlength={30}
            hint={masked === null ? 'Such as A1234-56789-01234' : `Leave empty to keep ${masked}`}
          />
          {masked !== null && (
            <CheckboxField
              label="Remove the number on record"
              checked={state.removeLicenceNumber}
              onChange={(remove) => state.setRemoveLicenceNumber(remove)}
            />
          )}
        </div>
        <TextField {...date('licence_issued_on')} />
        <TextField {...date('licence_expires_on')} />
        <TextField {...date('licence_sighted_on')} />
        <TextField {...text('licence_sighted_by')} autocapitalize="words" hint="Who checked the card" />
      </FormSection>

      <FormSection title="School">
        <Wide>
          <InstructorField state={state} onRecord={instructor} />
        </Wide>
        <Wide>
          <TextAreaField {...text('notes')} hint="Visible to everyone who can see this student." />
        </Wide>
      </FormSection>

      <div class="form-bar">
        <Button type="submit" variant="primary" busy={busy} closedReason={closed}>
          {saveLabel}
        </Button>
        <LinkButton href={cancelHref}>Cancel</LinkButton>
        <p class="muted">{closed ?? (busy ? 'Saving…' : state.unsaved ? 'Not saved yet.' : '')}</p>
      </div>
    </form>
  );
}

/** What was typed before a reload is on the form again. */
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
      title="Your unsaved changes are back"
      actions={
        <Button size="small" onClick={onDiscard}>
          Discard them
        </Button>
      }
    >
      <p>
        The page was reloaded before they were saved.
        {alsoChanged.length > 0 &&
          ` Someone else has changed this student since. Check these fields before you save: ${alsoChanged.join(', ')}.`}
        {lostLicenceNumber && ' The licence number is not kept for security. Enter it again.'}
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
  readonly about?: string;
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

function Wide({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <div class="form-wide">{children}</div>;
}

/** Who teaches the student. Without the list of instructors, the one on record can still be kept or removed. */
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
      setProblem(`The list of instructors could not be read. ${failureOf(error).detail}`);
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
      options={[{ value: '', label: 'Nobody yet' }, ...known.map(({ id, name }) => ({ value: id, label: name }))]}
      onChange={(value) => state.type('instructor_id', value)}
    />
  );
}

/** A slash has no place in an id that is used as a fragment. */
function idOf(name: FieldName): string {
  return `student-${name.replace('/', '-')}`;
}

/** Whether the answer says that someone else has changed the record in the meantime. */
export function isConflict(error: unknown): boolean {
  return error instanceof ProblemResponse && error.status === 412;
}
