import { type Conflict, type NearestSlot, rulesRefuseSchema, slotTakenSchema } from '../../contract/lessons.ts';
import type { Refusal } from '../../contract/rules.ts';
import { ProblemResponse } from '../api.ts';

/** Why the server refused a booking or a move. */
export interface ServerRefusal {
  readonly title: string;
  readonly detail: string;
  readonly conflicts: readonly Conflict[];
  /** Free times near the one that was asked for. */
  readonly nearest: readonly NearestSlot[];
  readonly refusals: readonly Refusal[];
}

/** Reads the refusal in an error; undefined for any other error. */
export function serverRefusalOf(error: unknown): ServerRefusal | undefined {
  if (!(error instanceof ProblemResponse)) return undefined;
  const { title, message: detail, body, code } = error;
  const none = { title, detail, conflicts: [], nearest: [], refusals: [] };
  if (code === 'slot_taken') {
    const parsed = slotTakenSchema.safeParse(body);
    return parsed.success ? { ...none, ...parsed.data } : none;
  }
  if (code === 'rules_refuse') {
    const parsed = rulesRefuseSchema.safeParse(body);
    return parsed.success ? { ...none, ...parsed.data } : none;
  }
  return undefined;
}
