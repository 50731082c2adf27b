import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type FieldTable, leavesOf, type ParsedRecord } from '../contract/fields.ts';
import { orderedDate } from '../contract/student-dates.ts';
import { guardLeaving } from './navigation.ts';
import { problemsByField } from './platform/problem-fields.ts';
import type { FieldProblems, SubmitOptions } from './platform/submission.ts';
import { type FormSubmission, useSubmit } from './platform/use-submit.ts';

type AnyForm = Readonly<Record<string, string>>;
type NameOf<Form> = keyof Form & string;

/** A form of a record, checked with the rules of the server. */
export interface RecordFormState<Form extends AnyForm> {
  readonly form: Form;
  readonly problems: FieldProblems<NameOf<Form>>;
  readonly submission: FormSubmission<Form, NameOf<Form>>;
  readonly unsaved: boolean;
  type(name: string, text: string): void;
  leaveField(name: string): void;
  /** Continues with another record, such as a newer one. @param form default: that of the record */
  restart(base: Form, form?: Form): void;
  /** Call when the form is saved or closed: leaving the page asks no more. */
  release(): void;
}

/** Options of a record's form. */
export interface RecordFormOptions<Form extends AnyForm, Value> {
  readonly table: FieldTable;
  /** The functions of the form, from `fieldForm(table)`. */
  readonly fields: {
    readonly names: readonly NameOf<Form>[];
    toInput(form: Form): Record<string, unknown>;
    isChanged(form: Form, since: Form): boolean;
  };
  readonly initial: Form;
  readonly parse: (input: unknown) => ParsedRecord<Value>;
  /** Saves the parsed form. Errors are explained on the form. */
  readonly save: (value: Value, idempotencyKey: string) => Promise<void>;
  readonly explain?: SubmitOptions<Form, NameOf<Form>>['explain'];
}

/** The state of a record's form. Leaving the page with unsaved changes asks first. */
export function useRecordForm<Form extends AnyForm, Value>({
  table,
  fields,
  initial,
  parse,
  save,
  explain,
}: RecordFormOptions<Form, Value>): RecordFormState<Form> {
  const [base, setBase] = useState(initial);
  const [form, setForm] = useState(initial);
  const endGuard = useRef<(() => void) | undefined>(undefined);
  const problemsOf = (typed: Form): FieldProblems<NameOf<Form>> => {
    const parsed = parse(fields.toInput(typed));
    return parsed.ok ? {} : problemsByField(parsed.problems, fields.names).fields;
  };
  const submission = useSubmit<Form, NameOf<Form>>({
    fields: fields.names,
    repeatable: true,
    check: problemsOf,
    async send(typed, idempotencyKey) {
      const parsed = parse(fields.toInput(typed));
      if (parsed.ok) await save(parsed.value, idempotencyKey);
    },
    ...(explain === undefined ? {} : { explain }),
  });
  const unsaved = fields.isChanged(form, base);
  const release = (): void => {
    endGuard.current?.();
    endGuard.current = undefined;
  };
  // A layout effect runs before the next event, so that every change is guarded.
  useLayoutEffect(() => {
    if (unsaved) endGuard.current ??= guardLeaving();
    else release();
  }, [unsaved]);
  useEffect(() => release, []);

  const showProblems = (typed: Form, names: ReadonlySet<string>): void => {
    const problems = Object.entries(problemsOf(typed)).filter(([name]) => names.has(name));
    submission.setProblems(Object.fromEntries(problems) as FieldProblems<NameOf<Form>>);
  };
  const marked = (): Set<string> =>
    new Set(Object.entries(submission.problems).flatMap(([name, problem]) => (problem === undefined ? [] : [name])));

  return {
    form,
    problems: submission.problems,
    submission,
    unsaved,
    type(name, text) {
      const next = { ...form, [name]: text };
      setForm(next);
      // Fields with a problem are checked with every key press, so that it disappears once it is corrected.
      if (marked().size > 0) showProblems(next, marked());
    },
    leaveField(name) {
      const isDay = leavesOf(table).some(({ path, field }) => path === name && field.kind === 'day');
      const text = form[name] ?? '';
      const tidied = isDay ? { ...form, [name]: orderedDate(text) } : form;
      if (tidied[name] !== text) setForm(tidied);
      const names = marked();
      if (text.trim() !== '') names.add(name);
      showProblems(tidied, names);
    },
    restart(newBase, newForm = newBase) {
      setBase(newBase);
      setForm(newForm);
      submission.show({});
    },
    release,
  };
}
