import { may, type Permission, type Rights } from '../permissions.ts';
import { denialOf, type RoleNames } from '../role-names.ts';
import { ControlError } from './control-error.ts';

/** @throws ControlError permission, naming the roles that have the permission */
export function checkPermission(user: Rights, permission: Permission, names?: RoleNames): void {
  if (!may(user, permission)) throw denied(denialOf(permission, names));
}

export function denied(message: string): ControlError {
  return new ControlError('permission', 'You don’t have access', message);
}
