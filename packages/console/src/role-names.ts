import { may, permissionTexts, roles, type Permission, type Rights, type Role } from './permissions.ts';
import { denied } from './problem.ts';

/**
 * The application's names for the console's roles, used on pages and in messages. Roles without a name are not mentioned in
 * messages.
 */
export type RoleNames = Readonly<Partial<Record<Role, string>>>;

/** `Owner` if the application calls its admins that; otherwise `Admin`. */
export function roleName(role: Role, names: RoleNames = {}): string {
  return names[role] ?? `${role.charAt(0).toUpperCase()}${role.slice(1)}`;
}

/** Names of all roles, by role. */
export function roleNames(names?: RoleNames): Readonly<Record<string, string>> {
  return Object.fromEntries((Object.keys(roles) as Role[]).map((role) => [role, roleName(role, names)]));
}

/** @throws Problem permission, naming the roles that have the permission */
export function checkPermission(user: Rights, permission: Permission, names?: RoleNames): void {
  if (!may(user, permission)) throw denied(denialOf(permission, names));
}

/** The reason for a denial: `Only the owner can change settings.` */
export function denialOf(permission: Permission, names: RoleNames = {}): string {
  const known = Object.keys(names).length === 0 ? roles : names;
  const holders = (Object.keys(roles) as Role[])
    .filter((role) => role in known && may({ role }, permission))
    .map((role) => `the ${roleName(role, names).toLowerCase()}`);
  if (holders.length === 0) return `Nobody here can ${permissionTexts[permission]}.`;
  return `Only ${listOf(holders)} can ${permissionTexts[permission]}.`;
}

/** `a`, `a or b`, `a, b or c`. */
function listOf(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} or ${last}`;
}
