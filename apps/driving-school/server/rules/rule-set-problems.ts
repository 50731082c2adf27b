import { ProblemError } from '../platform/http/problems.ts';
import {
  RuleSetDayTakenError,
  RuleSetInPastError,
  RuleSetInUseError,
  RuleSetNotFoundError,
} from './rule-set-errors.ts';

/** Maps the errors of the rule sets' routes to problems. @returns undefined for errors of the platform */
export function ruleSetProblem(error: unknown): ProblemError | undefined {
  if (error instanceof RuleSetNotFoundError) {
    return new ProblemError({
      status: 404,
      code: 'rule_set_not_found',
      title: 'No such rules',
      detail: 'There is no such rule set.',
    });
  }
  if (error instanceof RuleSetInPastError) {
    const message = `Choose today (${error.today}) or a later day: courses and lessons keep the rules they were made with.`;
    return new ProblemError({
      status: 422,
      code: 'invalid_request',
      title: 'Some values are not valid',
      detail: message,
      errors: [{ pointer: '/effective_from', code: 'in_the_past', message }],
    });
  }
  if (error instanceof RuleSetDayTakenError) {
    const message =
      'Another change of the rules begins on this day. Choose another day, or take that change back first.';
    return new ProblemError({
      status: 409,
      code: 'rule_set_day_taken',
      title: 'Rules already change on this day',
      detail: `${message} Nothing was saved.`,
      errors: [{ pointer: '/effective_from', code: 'taken', message }],
    });
  }
  if (error instanceof RuleSetInUseError) {
    return new ProblemError({
      status: 409,
      code: 'rule_set_in_use',
      title: 'These rules are in use',
      detail: 'These rules already hold, or a course keeps them. Add a change that begins later instead.',
    });
  }
  return undefined;
}
