import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { leavesOf } from '../../contract/fields.ts';
import { studentFields } from '../../contract/student-fields.ts';
import { parseStudent, type StudentFields } from '../../contract/students.ts';
import { guardLeaving } from '../navigation.ts';
import { problemsByField } from '../platform/problem-fields.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { type FormSubmission, useSubmit } from '../platform/use-submit.ts';
import { schoolDate } from '../school-clock.ts';
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

/** The content of the form, and the record that it started from. */
interface Content {
  readonly base: StudentForm;
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
}

/** The state and the operations of a student's form. */
export interface StudentFormState {
  readonly form: StudentForm;
  /** Reports whether the form is busy, problems of its fields, and the failure. */
  readonly submission: FormSubmission<Content, FieldName>;
  readonly unsaved: boolean;
  /** Whether saving removes the licence number on record. */
  readonly removeLicenceNumber: boolean;
  /** Unsaved changes that were restored after a reload. */
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
  /** Call when the form is saved or discarded: removes the draft and the question before leaving. */
  release(): void;
}

/** A draft that was restored. */
export interface RestoredDraft {
  /** Labels of the fields that someone else has also changed; the form has the draft's text. */
  readonly alsoChanged: readonly string[];
  readonly lostLicenceNumber: boolean;
}

interface StudentFormOptions {
  /** The user and the record, by which drafts are stored. */
  readonly owner: { readonly personId: string; readonly draftKey: DraftKey };
  /** Saves the parsed form. Errors are explained on the form. */
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
  // Layout effects run before the next event, so that every change is guarded.
  useLayoutEffect(() => {
    if (unsaved) endGuard.current ??= guardLeaving();
    else release();
  }, [unsaved]);
  useLayoutEffect(() => {
    // After `release`, the draft must not be stored again.
    if (!unsaved || endGuard.current === undefined) return;
    keepDraft(sessionStorage, owner.draftKey, { personId: owner.personId, base, form, removeLicenceNumber });
  }, [unsaved, base, form, removeLicenceNumber]);
  useEffect(() => release, []);

  /** Shows problems of the given fields only, not of those that the user has not reached. */
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
      // Fields with a problem are checked with every key press, so that it disappears once it is corrected.
      if (markedNames().size > 0) showProblems(next, markedNames());
    },
    leaveField(name) {
      const tidied = dayNames.has(name) ? { ...form, [name]: tidyDate(form[name]) } : form;
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

/** The names of fields with a calendar day. */
const dayNames: ReadonlySet<string> = new Set(
  leavesOf(studentFields).flatMap(({ path, field }) => (field.kind === 'day' ? [path] : [])),
);

interface OpenedForm {
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
  readonly restored: RestoredDraft | undefined;
}

/** Fills the form from the record and from unsaved changes before a reload. */
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
  return parseStudent(inputFromForm(form), todayHere(schoolDate()));
}

function problemsOf(form: StudentForm): FieldProblems<FieldName> {
  const parsed = parse(form);
  return parsed.ok ? {} : problemsByField(parsed.problems, fieldNames).fields;
}
