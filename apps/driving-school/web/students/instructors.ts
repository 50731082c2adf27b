import type { Role } from '../contract-types.ts';
import { api } from '../api.ts';

/** An instructor as an option of a select field. */
export interface Instructor {
  readonly id: string;
  readonly name: string;
}

/** Loads the instructors to choose from, by name; undefined when the role can't see them. */
export async function instructorsFor(role: Role, signal: AbortSignal): Promise<readonly Instructor[] | undefined> {
  if (role !== 'owner' && role !== 'office') return undefined;
  const { data } = await api.instructors(signal);
  return data.toSorted((one, other) => one.name.localeCompare(other.name));
}
