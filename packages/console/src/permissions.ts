/** Every permission with a text that follows "can" in a sentence. */
export const permissionTexts = {
  /** State, metrics, history, incidents, settings, drills. */
  'state:read': 'open this console',
  'logs:read': 'read logs',
  'audit:read-own': 'read their own actions in the audit log',
  /** With its export and verification. */
  'audit:read': 'read the whole audit log',
  /** Trip, probe, reset, isolate, release; also in bulk. */
  'breaker:order': 'control breakers',
  /** Let all calls through, whatever their outcome. */
  'breaker:hold-closed': 'hold breakers closed',
  'service:order': 'control services',
  /** Acknowledge, note, resolve. */
  'incident:edit': 'change incidents',
  'config:edit': 'change settings',
  'fault:start': 'start drills',
  'fault:stop': 'stop drills',
  'break-glass': 'make changes while the audit log can’t be written',
} as const;
export type Permission = keyof typeof permissionTexts;

/** Single permissions. Roles are sets of these. */
export const permissions = Object.keys(permissionTexts) as readonly Permission[];

const ofOperators = [
  'state:read',
  'logs:read',
  'audit:read-own',
  'breaker:order',
  'service:order',
  'incident:edit',
  'fault:stop',
] as const;

/** The permissions of each role. */
export const roles = {
  viewer: ['state:read', 'logs:read'],
  operator: ofOperators,
  maintainer: [...ofOperators, 'config:edit'],
  admin: permissions,
} satisfies Record<string, readonly Permission[]>;
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
