import { z } from 'zod';
import type { RuleNumbers } from './booking/world.ts';
import { calendarDay, instant } from './field-schemas.ts';
import { parseCalendarDay } from './parsers.ts';
import { type RuleNumberName, ruleNumberProblems, ruleNumbers, ruleNumberText } from './rule-numbers.ts';

/** The longest name of a rule set, in characters. */
export const ruleSetNameLengthMax = 40;

const units = {
  minutes: 'minutes',
  days: 'days',
  years: 'years',
  time: 'minutes since midnight of the wall clock',
} as const;

type NumbersShape = { -readonly [Name in RuleNumberName]: z.ZodNumber };

/** The numbers of a rule set, each within its range. */
export const ruleNumbersSchema: z.ZodType<RuleNumbers, RuleNumbers> = z
  .strictObject(
    Object.fromEntries(
      Object.entries(ruleNumbers).map(([name, { label, unit, min, max }]) => {
        const range = `Send a whole number from ${min} to ${max} (${ruleNumberText(name as RuleNumberName, min)} to ${ruleNumberText(name as RuleNumberName, max)}).`;
        const schema = z.int(range).min(min, range).max(max, range);
        return [name, schema.meta({ description: `${label}, in ${units[unit]}` })];
      }),
    ) as unknown as NumbersShape,
  )
  .superRefine((numbers, context) => {
    for (const { name, message } of ruleNumberProblems(numbers)) {
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

/** The rules that hold on some days. */
export const ruleSetSchema = z.object({
  id: z.string(),
  name: z.string().meta({ example: 'bde-2024' }),
  effective_from: calendarDay,
  effective_to: calendarDay.nullable().meta({ description: 'The last day; null when no later set is known' }),
  state: z.enum(['past', 'current', 'future']),
  rules: ruleNumbersSchema,
  version: z.int(),
});
export type RuleSet = z.infer<typeof ruleSetSchema>;

export const ruleSetAnswerSchema = z.object({ data: ruleSetSchema, stale: z.boolean(), as_of: instant });
export type RuleSetAnswer = z.infer<typeof ruleSetAnswerSchema>;

/** All rule sets, the latest first. There are few, so there is one page. */
export const ruleSetListSchema = z.object({
  data: z.array(ruleSetSchema),
  next_cursor: z.string().nullable(),
  stale: z.boolean(),
  as_of: instant,
  complete: z.boolean(),
});
export type RuleSetList = z.infer<typeof ruleSetListSchema>;

/** A day in a request, which must exist. */
export const existingDay = calendarDay.transform((text, context) => {
  const parsed = parseCalendarDay(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.message, params: { code: parsed.code } });
  return z.NEVER;
});

/** `POST /api/rule-sets`. */
export const ruleSetCreateSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'Enter a name, such as bde-2027.')
    .max(ruleSetNameLengthMax, `Enter at most ${ruleSetNameLengthMax} characters.`),
  effective_from: existingDay,
  rules: ruleNumbersSchema,
});
export type RuleSetCreate = z.input<typeof ruleSetCreateSchema>;
