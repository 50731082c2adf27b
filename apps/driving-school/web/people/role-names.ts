import type { Role } from '../contract-types.ts';

/** The roles as people say them. */
export const roleNames: Record<Role, string> = {
  owner: 'Owner',
  office: 'Office',
  instructor: 'Instructor',
  operator: 'Operator',
};

/** What each role may do, in a sentence. */
export const roleMeanings: Record<Role, string> = {
  owner: 'Everything, including people and the system.',
  office: 'Sees and changes all students. Can look at the system status.',
  instructor: 'Sees their own students. Changes nothing.',
  operator: 'Looks after the system. Sees no student.',
};
