import type { CalendarDay } from '../parsers.ts';
import type { BookingWorld, RuleSetFacts } from './world.ts';

/**
 * The rules of days for which a school has dated none. The numbers are those with which a school begins: the beginner
 * driver education course as schools in Ontario teach it in 2024. Refusals name them `rule_set:default`.
 */
export const defaultRuleSet: RuleSetFacts = {
  id: 'default',
  name: 'default',
  rules: {
    in_vehicle_day_cap_minutes: 120,
    in_vehicle_class_day_cap_minutes: 60,
    student_age_min: 16,
    g1_from_minute: 300,
    g1_to_minute: 1_440,
    deadline_near_days: 14,
    in_vehicle_minutes: 600,
    classroom_minutes: 1_200,
    flexible_minutes: 600,
  },
};

/** The rules of a lesson: those of its enrolment, or those that hold on the lesson's day. */
export function ruleSetOfLesson(
  { rule_sets }: Pick<BookingWorld, 'rule_sets'>,
  enrolment: { readonly rule_set: RuleSetFacts } | undefined,
  day: CalendarDay,
): RuleSetFacts {
  if (enrolment !== undefined) return enrolment.rule_set;
  const dated = rule_sets.find(
    ({ effective_from, effective_to }) => effective_from <= day && (effective_to === null || day <= effective_to),
  );
  return dated ?? defaultRuleSet;
}
