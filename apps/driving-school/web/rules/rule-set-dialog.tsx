import { notify, TextField } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleNumbers } from '../../contract/booking/world.ts';
import type { CalendarDay } from '../../contract/parsers.ts';
import {
  parseRuleNumber,
  type RuleNumberName,
  ruleNumberInput,
  ruleNumberNames,
  ruleNumberProblems,
  ruleNumbers,
} from '../../contract/rule-numbers.ts';
import type { RuleSet } from '../../contract/rule-sets.ts';
import { ProblemResponse } from '../api.ts';
import { dayProblem, typedDay } from '../courses/course-form.ts';
import type { FieldProblems } from '../platform/submission.ts';
import { FormDialog } from '../platform/submit-form.tsx';
import { useSubmit } from '../platform/use-submit.ts';
import { tidyDate } from '../students/student-text.ts';
import { ruleApi } from './rule-api.ts';

type FieldName = RuleNumberName | 'name' | 'effective_from';
type Form = Readonly<Record<FieldName, string>>;
const fieldNames: readonly FieldName[] = ['name', 'effective_from', ...ruleNumberNames];

const unitHints = {
  minutes: 'Hours, such as 2 or 1.5.',
  days: 'Days.',
  years: 'Years.',
  time: 'Such as 05:00 or 24:00.',
};

/** Changes the rules from a day on, starting from the numbers of today. */
export function RuleSetDialog({
  current,
  tomorrow,
  onSaved,
  onClose,
}: {
  readonly current: RuleSet;
  readonly tomorrow: CalendarDay;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [form, setForm] = useState<Form>(() => ({
    name: '',
    effective_from: tomorrow,
    ...(Object.fromEntries(
      ruleNumberNames.map((name) => [name, ruleNumberInput(name, current.rules[name])]),
    ) as Readonly<Record<RuleNumberName, string>>),
  }));
  const save = useSubmit<Form, FieldName>({
    fields: fieldNames,
    repeatable: true,
    check: problemsOf,
    async send(typed, idempotencyKey) {
      const day = typedDay(typed.effective_from);
      const rules = numbersOf(typed);
      if (day === undefined || rules === undefined) return;
      const { data } = await ruleApi.add({ name: typed.name.trim(), effective_from: day, rules }, idempotencyKey);
      notify(`${data.name} is saved.`);
      onSaved();
    },
    explain(error) {
      if (!(error instanceof ProblemResponse) || error.errors.length === 0) return undefined;
      // The numbers are in a member of their own.
      const problems = error.errors.map(({ pointer, message }) => [pointer.replace(/^\/(?:rules\/)?/, ''), message]);
      return { problems: Object.fromEntries(problems) as FieldProblems<FieldName> };
    },
  });

  return (
    <FormDialog
      title="Change the rules"
      intro="The new rules apply from the first day on. Courses that began earlier keep the rules of their own first day."
      submission={save}
      content={form}
      submitLabel="Save change"
      onClose={onClose}
    >
      <TextField
        id="rules-name"
        label="Name"
        autofocus
        autocomplete="off"
        maxlength={40}
        hint="Such as bde-2027. Shown as the source when a rule refuses a booking."
        value={form.name}
        problem={save.problems.name}
        onInput={(name) => setForm({ ...form, name })}
      />
      <TextField
        id="rules-from"
        label="First day"
        autocomplete="off"
        placeholder="YYYY-MM-DD"
        hint="Today or later."
        value={form.effective_from}
        problem={save.problems.effective_from}
        onInput={(effective_from) => setForm({ ...form, effective_from })}
        onBlur={() => setForm({ ...form, effective_from: tidyDate(form.effective_from) })}
      />
      {ruleNumberNames.map((name) => (
        <TextField
          key={name}
          id={`rules-${name}`}
          label={ruleNumbers[name].label}
          autocomplete="off"
          hint={unitHints[ruleNumbers[name].unit]}
          value={form[name]}
          problem={save.problems[name]}
          onInput={(text) => setForm({ ...form, [name]: text })}
          onBlur={() => {
            const parsed = parseRuleNumber(name, form[name]);
            save.setProblem(name, parsed.ok ? undefined : parsed.message);
          }}
        />
      ))}
    </FormDialog>
  );
}

function problemsOf(form: Form): FieldProblems<FieldName> {
  const problems: Partial<Record<FieldName, string>> = {};
  if (form.name.trim() === '') problems.name = 'Enter a name, such as bde-2027.';
  const day = dayProblem(form.effective_from);
  if (day !== undefined) problems.effective_from = day;
  for (const name of ruleNumberNames) {
    const parsed = parseRuleNumber(name, form[name]);
    if (!parsed.ok) problems[name] = parsed.message;
  }
  const rules = numbersOf(form);
  if (rules !== undefined) for (const { name, message } of ruleNumberProblems(rules)) problems[name] = message;
  return problems;
}

/** The numbers that were typed; undefined when one of them is none. */
function numbersOf(form: Form): RuleNumbers | undefined {
  const parsed = ruleNumberNames.map((name) => [name, parseRuleNumber(name, form[name])] as const);
  const values = parsed.flatMap(([name, number]) => (number.ok ? [[name, number.value] as const] : []));
  return values.length < parsed.length ? undefined : (Object.fromEntries(values) as unknown as RuleNumbers);
}
