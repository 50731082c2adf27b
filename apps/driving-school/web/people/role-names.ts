import type { Role } from '../contract-types.ts';

/** Names of the roles, the same as in the console. */
export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  office: 'Office',
  instructor: 'Instructor',
  operator: 'Operator',
};

/** Descriptions of the roles. */
export const roleMeanings: Record<Role, string> = {
  owner: 'Full access, including people and the system.',
  office: 'Sees and changes all students. Can view the system status.',
  instructor: 'Sees their own students. Can’t change them.',
  operator: 'Operates the system. No access to students.',
};

/** The roles to choose from, the most common first. */
export const roleOptions: readonly { readonly value: Role; readonly label: string }[] = (
  ['office', 'instructor', 'operator', 'owner'] as const
).map((role) => ({ value: role, label: roleNames[role] }));
