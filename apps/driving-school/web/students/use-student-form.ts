import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { parseStudent, type StudentFields } from '../../contract/students.ts';
import { ProblemResponse } from '../api.ts';
import { type Failure, saveFailureOf } from '../failure.ts';
import { guardLeaving } from '../navigation.ts';
import { problemsByField } from '../problem-fields.ts';
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

type Problems = Partial<Record<FieldName, string>>;

/** What a form of a student knows and can do. */
export interface StudentFormState {
  readonly form: StudentForm;
  readonly problems: Problems;
  readonly failure: Failure | undefined;
  readonly unsaved: boolean;
  /** The number on record is to be taken away. */
  readonly removeLicenceNumber: boolean;
  /** What a reload interrupted is on the form again. */
  readonly restored: RestoredDraft | undefined;
  type(name: FieldName, text: string): void;
  leaveField(name: FieldName): void;
  setRemoveLicenceNumber(remove: boolean): void;
  /** Judges everything and shows what is wrong; gives the normal form when nothing is. */
  check(): StudentFields | undefined;
  /** Shows what the server said, at the fields as far as it can. Throws what is not an answer. */
  explain(error: unknown): void;
  clearFailure(): void;
  /** Gives up what was typed: the form is as it was opened. */
  discard(): void;
  /** Goes on with another record underneath, such as a newer one. */
  restart(base: StudentForm, form: StudentForm): void;
  /** Nothing is unsaved any more: leaving is free from now on. */
  release(): void;
}

/** A draft that is on the form again. */
export interface RestoredDraft {
  /** Labels of the fields that someone else has changed as well; the form has the draft's text. */
  readonly alsoChanged: readonly string[];
  readonly lostLicenceNumber: boolean;
}

/** Whose form it is and of which record: what a draft is kept by. */
export interface FormOwner {
  readonly personId: string;
  readonly draftKey: DraftKey;
}

/**
 * Keeps what is typed, judges it with the rules of the server, and guards it against being lost: leaving asks first,
 * and a reload finds it again.
 */
export function useStudentForm(initial: StudentForm, owner: FormOwner): StudentFormState {
  const [opened] = useState(() => openedForm(initial, draftOf(sessionStorage, owner.draftKey, owner.personId)));
  const [base, setBase] = useState(initial);
  const [form, setForm] = useState(opened.form);
  const [removeLicenceNumber, setRemoveLicenceNumber] = useState(opened.removeLicenceNumber);
  const [restored, setRestored] = useState(opened.restored);
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const releaseRef = useRef<(() => void) | undefined>(undefined);

  const unsaved = isChanged(form, base) || removeLicenceNumber;
  const release = (): void => {
    releaseRef.current?.();
    releaseRef.current = undefined;
    dropDraft(sessionStorage, owner.draftKey);
  };
  // Before the next paint: there is no moment in which something typed is not guarded.
  useLayoutEffect(() => {
    if (unsaved) releaseRef.current ??= guardLeaving();
    else release();
  }, [unsaved]);
  useLayoutEffect(() => {
    // Nothing is kept once the form was saved: `release` has ended the guard then.
    if (!unsaved || releaseRef.current === undefined) return;
    keepDraft(sessionStorage, owner.draftKey, { personId: owner.personId, base, form, removeLicenceNumber });
  }, [unsaved, base, form, removeLicenceNumber]);
  useEffect(() => release, []);

  /** Only these fields: one that nobody has reached yet is not complained about. */
  const showFor = (text: StudentForm, names: ReadonlySet<string>): void => {
    const found = judge(text);
    setProblems(Object.fromEntries(Object.entries(found).filter(([name]) => names.has(name))));
  };
  const shownNames = (): Set<string> => new Set(Object.keys(problems));

  return {
    form,
    problems,
    failure,
    unsaved,
    removeLicenceNumber,
    setRemoveLicenceNumber,
    restored,
    discard() {
      setRestored(undefined);
      setForm(base);
      setRemoveLicenceNumber(false);
      setFailure(undefined);
      setProblems({});
    },
    type(name, text) {
      const next = { ...form, [name]: text };
      setForm(next);
      // A field that is marked is judged with every key, so that the mark goes as soon as it is right.
      if (Object.keys(problems).length > 0) showFor(next, shownNames());
    },
    leaveField(name) {
      const tidied = /_(?:date|on)$/.test(name) ? { ...form, [name]: tidyDate(form[name]) } : form;
      if (tidied[name] !== form[name]) setForm(tidied);
      const names = shownNames();
      if (tidied[name].trim() !== '') names.add(name);
      showFor(tidied, names);
    },
    check() {
      const parsed = parseStudent(inputFromForm(form), todayHere(new Date()));
      setFailure(undefined);
      if (parsed.ok) {
        setProblems({});
        return parsed.value;
      }
      setProblems(problemsByField(parsed.problems, fieldNames).fields);
      return undefined;
    },
    explain(error) {
      if (error instanceof ProblemResponse && error.errors.length > 0) {
        const { fields, rest } = problemsByField(error.errors, fieldNames);
        setProblems(fields);
        setFailure(
          rest.length === 0 ? undefined : { title: error.title, detail: rest.join(' '), status: error.status },
        );
        return;
      }
      setFailure(
        error instanceof ProblemResponse && error.status === 401
          ? {
              title: 'Your session had ended',
              detail: 'Nothing was saved. What you typed is still here: save again.',
              status: 401,
            }
          : saveFailureOf(error, { repeatable: true }),
      );
    },
    clearFailure: () => setFailure(undefined),
    restart(newBase, newForm) {
      setRestored(undefined);
      setBase(newBase);
      setForm(newForm);
      setFailure(undefined);
      setProblems({});
    },
    release,
  };
}

interface OpenedForm {
  readonly form: StudentForm;
  readonly removeLicenceNumber: boolean;
  readonly restored: RestoredDraft | undefined;
}

/** The record's own form, or what was typed before a reload, put onto it. */
function openedForm(initial: StudentForm, draft: StudentDraft | undefined): OpenedForm {
  if (draft === undefined) return { form: initial, removeLicenceNumber: false, restored: undefined };
  const alsoChanged = conflictsBetween(draft.base, initial, draft.form).filter(({ yours }) => yours !== undefined);
  return {
    form: rebase(draft.base, initial, draft.form),
    removeLicenceNumber: draft.removeLicenceNumber,
    restored: { alsoChanged: alsoChanged.map(({ label }) => label), lostLicenceNumber: draft.lostLicenceNumber },
  };
}

function judge(form: StudentForm): Problems {
  const parsed = parseStudent(inputFromForm(form), todayHere(new Date()));
  return parsed.ok ? {} : problemsByField(parsed.problems, fieldNames).fields;
}
