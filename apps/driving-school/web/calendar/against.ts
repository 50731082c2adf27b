/** All reasons against a booking: what the page knows, and what the server has answered. Pure. */
import type { Refusal, RuleName } from '../../contract/rules.ts';
import type { Explanation } from '../platform/submission.ts';
import type { Reasons } from './booking-draft.ts';
import { clockTextAt } from './calendar-text.ts';
import type { Verdict } from './calendar-verdict.ts';
import type { ServerRefusal } from './server-refusal.ts';

/** Conflicts in sentences, and rules. */
export interface Against {
  readonly conflicts: readonly string[];
  readonly refusals: readonly Refusal[];
}

/** Combines the page's verdict with the server's refusal, which is newer and so takes the place of the same kind. */
export function combined(verdict: Verdict | undefined, refusal: ServerRefusal | undefined, zone: string): Against {
  const known = verdict?.refusals ?? [];
  const more = refusal?.refusals ?? [];
  const busy = refusal?.conflicts ?? [];
  return {
    conflicts: busy.length > 0 ? serverConflicts(busy, zone) : (verdict?.conflicts ?? []),
    refusals: [...known, ...more.filter(({ rule }) => !known.some((each) => each.rule === rule))],
  };
}

function serverConflicts(conflicts: ServerRefusal['conflicts'], zone: string): string[] {
  const clock = (text: string): string => clockTextAt(Date.parse(text), zone);
  return conflicts.map(({ name, from, to }) => `${name} is busy from ${clock(from)} to ${clock(to)}.`);
}

/** Problems of soft refusals for which no reason was given. */
export function missingReasons(refusals: readonly Refusal[], reasons: Reasons): Partial<Record<RuleName, string>> {
  const missing = refusals.filter(({ kind, rule }) => kind === 'soft' && (reasons[rule] ?? '').trim() === '');
  return Object.fromEntries(missing.map(({ rule }) => [rule, 'Give a reason, or choose another time.']));
}

/** The banner of a server's refusal. None when giving reasons is enough: the fields for them say so. */
export function explanationOf({ title, detail, refusals, conflicts }: ServerRefusal): Explanation<never> {
  const needsReasons = conflicts.length === 0 && refusals.length > 0 && refusals.every(({ kind }) => kind === 'soft');
  return needsReasons ? {} : { failure: { title, detail, status: undefined } };
}
