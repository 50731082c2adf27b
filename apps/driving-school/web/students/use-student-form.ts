import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { parseStudent, type StudentFields } from '../../contract/students.ts';
import { guardLeaving } from '../navigation.ts';
import { problemsByField } from '../platform/problem-fields.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { type DraftKey, draftOf, dropDraft, keepDraft, type StudentDraft } from './student-draft.ts';
import {
  conflictsBetween,
  type FieldName,
  fieldNames,
  inputFromForm,
  isChanged,
  rebase,
  type StudentForm,
} from './student-form-fields.ts';
import { tidyDate, todayHere } from './student-text.ts';

/** What is saved: the form, and the record that it started from. */
interface Content {
  readonly base: StudentForm;
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
}

/** The state of a student's form, and what it can do. */
export interface StudentFormState {
  readonly form: StudentForm;
  /** Busy, problems of the fields, and why saving failed. */
  readonly submission: FormSubmission<Content, FieldName>;
  readonly unsaved: boolean;
  /** Saving removes the licence number on record. */
  readonly removeLicenceNumber: boolean;
  /** Unsaved changes from before a reload, which are on the form again. */
  readonly restored: RestoredDraft | undefined;
  type(name: FieldName, text: string): void;
  leaveField(name: FieldName): void;
  setRemoveLicenceNumber(remove: boolean): void;
  /** Checks the form and saves it. */
  submit(): void;
  /** Drops the unsaved changes. */
  discard(): void;
  /** Continues with another record, such as a newer one. */
  restart(base: StudentForm, form: StudentForm): void;
  /** Call when the form is saved or given up: leaving no longer asks, and the draft is removed. */
  release(): void;
}

/** A draft that is on the form again. */
export interface RestoredDraft {
  /** Labels of the fields that someone else has changed as well; the form has the draft's text. */
  readonly alsoChanged: readonly string[];
  readonly lostLicenceNumber: boolean;
}

interface StudentFormOptions {
  /** The user and the record, by which drafts are stored. */
  readonly owner: { readonly personId: string; readonly draftKey: DraftKey };
  /** Saves the normalized form. Whatever it throws is explained on the form. */
  readonly save: (value: StudentFields, idempotencyKey: string) => Promise<void>;
}

/**
 * A student's form, checked with the rules of the server. Unsaved changes survive a reload, and leaving the page asks
 * first.
 */
export function useStudentForm(initial: StudentForm, { owner, save }: StudentFormOptions): StudentFormState {
  const [opened] = useState(() => openedForm(initial, draftOf(sessionStorage, owner.draftKey, owner.personId)));
  const [base, setBase] = useState(initial);
  const [form, setForm] = useState(opened.form);
  const [removeLicenceNumber, setRemoveLicenceNumber] = useState(opened.removeLicenceNumber);
  const [restored, setRestored] = useState(opened.restored);
  const endGuard = useRef<(() => void) | undefined>(undefined);

  const submission = useSubmit<Content, FieldName>({
    fields: fieldNames,
    repeatable: true,
    check: (content) => problemsOf(content.form),
    async send(content, idempotencyKey) {
      const parsed = parse(content.form);
      if (parsed.ok) await save(parsed.value, idempotencyKey);
    },
  });

  const unsaved = isChanged(form, base) || removeLicenceNumber;
  const release = (): void => {
    endGuard.current?.();
    endGuard.current = undefined;
    dropDraft(sessionStorage, owner.draftKey);
  };
  // Layout effects, so that every change is guarded before the next event.
  useLayoutEffect(() => {
    if (unsaved) endGuard.current ??= guardLeaving();
    else release();
  }, [unsaved]);
  useLayoutEffect(() => {
    // Once the form is saved, `release` has ended the guard and the draft must not come back.
    if (!unsaved || endGuard.current === undefined) return;
    keepDraft(sessionStorage, owner.draftKey, { personId: owner.personId, base, form, removeLicenceNumber });
  }, [unsaved, base, form, removeLicenceNumber]);
  useEffect(() => release, []);

  /** Marks only these fields, so that fields that the user has not reached yet have no problem. */
  const showProblems = (text: StudentForm, names: ReadonlySet<string>): void => {
    const problems = Object.entries(problemsOf(text)).filter(([name]) => names.has(name));
    submission.setProblems(Object.fromEntries(problems));
  };
  const markedNames = (): Set<string> => new Set(Object.keys(submission.problems));

  return {
    form,
    submission,
    unsaved,
    removeLicenceNumber,
    setRemoveLicenceNumber,
    restored,
    submit: () => void submission.submit({ base, form, removeLicenceNumber }),
    discard() {
      setRestored(undefined);
      setForm(base);
      setRemoveLicenceNumber(false);
      submission.show({});
    },
    type(name, text) {
      const next = { ...form, [name]: text };
      setForm(next);
      // Marked fields are checked with every key, so that the mark disappears as soon as they are right.
      if (markedNames().size > 0) showProblems(next, markedNames());
    },
    leaveField(name) {
      const tidied = /_(?:date|on)$/.test(name) ? { ...form, [name]: tidyDate(form[name]) } : form;
      if (tidied[name] !== form[name]) setForm(tidied);
      const names = markedNames();
      if (tidied[name].trim() !== '') names.add(name);
      showProblems(tidied, names);
    },
    restart(newBase, newForm) {
      setRestored(undefined);
      setBase(newBase);
      setForm(newForm);
      submission.show({});
    },
    release,
  };
}

interface OpenedForm {
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
  readonly restored: RestoredDraft | undefined;
}

/** The form of the record, with the unsaved changes from before a reload. */
function openedForm(initial: StudentForm, draft: StudentDraft | undefined): OpenedForm {
  if (draft === undefined) return { form: initial, removeLicenceNumber: false, restored: undefined };
  const alsoChanged = conflictsBetween(draft.base, initial, draft.form).filter(({ yours }) => yours !== undefined);
  return {
    form: rebase(draft.base, initial, draft.form),
    removeLicenceNumber: draft.removeLicenceNumber,
    restored: { alsoChanged: alsoChanged.map(({ label }) => label), lostLicenceNumber: draft.lostLicenceNumber },
  };
}

function parse(form: StudentForm): ReturnType<typeof parseStudent> {
  return parseStudent(inputFromForm(form), todayHere(new Date()));
}

function problemsOf(form: StudentForm): FieldProblems<FieldName> {
  const parsed = parse(form);
  return parsed.ok ? {} : problemsByField(parsed.problems, fieldNames).fields;
}
