import type { Role } from '../contract-types.ts';
import { api } from '../api.ts';

/** A person who teaches, as an option of a list. */
export interface Instructor {
  readonly id: string;
  readonly name: string;
}

/** The instructors to choose from, by name; `undefined` when this role may not see the list of people. */
export async function instructorsFor(role: Role, signal: AbortSignal): Promise<readonly Instructor[] | undefined> {
  if (role !== 'owner' && role !== 'office') return undefined;
  const { body } = await api.instructors(signal);
  return body.data.toSorted((one, other) => one.name.localeCompare(other.name));
}
