import type { Role } from '../contract-types.ts';
import { api } from '../api.ts';

/** Somebody who teaches, for choosing. */
export interface Instructor {
  readonly id: string;
  readonly name: string;
}

/** Who can be chosen, by name; `undefined` when this role may not see the list of people. */
export async function instructorsFor(role: Role, signal: AbortSignal): Promise<readonly Instructor[] | undefined> {
  if (role !== 'owner') return undefined;
  const { body } = await api.users(signal);
  return body.data
    .filter((person) => person.role === 'instructor' && person.status !== 'disabled')
    .map(({ id, name }) => ({ id, name }))
    .sort((one, other) => one.name.localeCompare(other.name));
}
