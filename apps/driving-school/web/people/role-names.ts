import type { Role } from '../contract-types.ts';

/** Names of the roles. The console uses the same ones. */
export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  office: 'Office',
  instructor: 'Instructor',
  operator: 'Operator',
};

/** What each role can do, in a sentence or two. */
export const roleMeanings: Record<Role, string> = {
  owner: 'Full access, including people and the system.',
  office: 'Sees and changes all students. Can view the system status.',
  instructor: 'Sees their own students. Changes nothing.',
  operator: 'Operates the system. No access to students.',
};

/** The roles to choose from, the most frequent first. */
export const roleOptions: readonly { readonly value: Role; readonly label: string }[] = (
  ['office', 'instructor', 'operator', 'owner'] as const
).map((role) => ({ value: role, label: roleNames[role] }));
