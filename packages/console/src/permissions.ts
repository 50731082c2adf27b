/** Single permissions. Roles are sets of these. */
export const permissions = [
  /** State, metrics, history, incidents, settings, drills. */
  'state:read',
  'logs:read',
  /** The user's own lines of the audit log. */
  'audit:read-own',
  /** The whole audit log, its export and verification. */
  'audit:read',
  /** Trip, probe, reset, isolate, release; also in bulk. */
  'breaker:order',
  /** Let all calls through, whatever their outcome. */
  'breaker:hold-closed',
  'service:order',
  /** Acknowledge, note, resolve. */
  'incident:edit',
  'config:edit',
  'fault:start',
  'fault:stop',
  /** Act while the audit log cannot be written. */
  'break-glass',
] as const;
export type Permission = (typeof permissions)[number];

const ofOperators = [
  'state:read',
  'logs:read',
  'audit:read-own',
  'breaker:order',
  'service:order',
  'incident:edit',
  'fault:stop',
] as const satisfies readonly Permission[];

/** The permissions of each role. */
export const roles = {
  viewer: ['state:read', 'logs:read'],
  operator: ofOperators,
  maintainer: [...ofOperators, 'config:edit'],
  admin: permissions,
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof roles;

/** The role and additional permissions of a user. */
export interface Rights {
  readonly role: Role;
  /** Besides those of the role. */
  readonly extraPermissions?: readonly Permission[];
}

export function may({ role, extraPermissions = [] }: Rights, permission: Permission): boolean {
  const ofRole: readonly Permission[] = roles[role] ?? [];
  return ofRole.includes(permission) || extraPermissions.includes(permission);
}
