import type { Role } from '../contract-types.ts';

/** Names of the roles: the one vocabulary of both houses. */
export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  office: 'Office',
  instructor: 'Instructor',
  operator: 'Operator',
};

/** What each role may do, in a sentence. */
export const roleMeanings: Record<Role, string> = {
  owner: 'Full access, including people and the system.',
  office: 'Sees and changes all students. Can view the system status.',
  instructor: 'Sees their own students. Changes nothing.',
  operator: 'Operates the system. No access to students.',
};
