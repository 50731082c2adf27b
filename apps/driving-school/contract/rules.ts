/** The rules about bookings: their names, how strict each is, and the answer when one refuses. */
import { z } from 'zod';

/**
 * How strict a rule is. `hard`: never broken. `soft`: owner or office can override it with a reason, which the lesson
 * keeps. `advice`: only shown.
 */
export const ruleKinds = ['hard', 'soft', 'advice'] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** Every rule, with its kind. The API documentation and `docs/booking-rules.md` list the same; a test compares them. */
export const bookingRules = {
  instructor_licence: 'hard',
  instructor_contract: 'hard',
  vehicle_insurance: 'hard',
  vehicle_registration: 'hard',
  vehicle_safety: 'hard',
  student_licence: 'hard',
  student_age: 'hard',
  course_deadline: 'hard',
  g1_night: 'hard',
  in_vehicle_day_cap: 'soft',
  instructor_hours: 'soft',
  closed_day: 'soft',
  deadline_near: 'soft',
  unpaid_balance: 'soft',
  tight_travel: 'advice',
  transmission_mismatch: 'advice',
} as const satisfies Readonly<Record<string, RuleKind>>;
export type RuleName = keyof typeof bookingRules;
export const ruleNames = Object.keys(bookingRules) as RuleName[];
export const ruleNameSchema = z
  .enum(ruleNames)
  .meta({ description: 'The name of a rule; docs/booking-rules.md explains each', 'x-rule-kinds': bookingRules });

/** Facts of a refusal: numbers, days, names. */
export type RuleFacts = Readonly<Record<string, string | number | boolean | null>>;

/** One rule that refuses a booking, or advises against it. */
export const refusalSchema = z.object({
  rule: ruleNameSchema,
  kind: z.enum(ruleKinds),
  message: z.string().meta({ description: 'A sentence for the user' }),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  source: z.string().meta({ description: 'Where the rule comes from', example: 'rule_set:bde-2024' }),
});
export interface Refusal {
  readonly rule: RuleName;
  readonly kind: RuleKind;
  readonly message: string;
  readonly facts: RuleFacts;
  readonly source: string;
}

/** The longest reason of an override, in characters. */
export const overrideReasonLengthMax = 200;

/** An override of a soft rule, as sent with a booking and as kept on the lesson. */
export const overrideSchema = z.object({
  rule: ruleNameSchema,
  reason: z.string().trim().min(1, 'Give a reason.').max(overrideReasonLengthMax),
});
export type Override = z.infer<typeof overrideSchema>;
