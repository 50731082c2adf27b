/** What may be done, each under a name of its own. Roles are bundles of these. */
export const permissions = [
  /** State, metrics, history, incidents, settings, drills. */
  'state:read',
  'logs:read',
  /** One's own lines of the audit log; */
  'audit:read-own',
  /** all of them, their export, and the verification of the chain. */
  'audit:read',
  /** Trip, probe, reset, isolate, release; in bulk, too. */
  'breaker:order',
  /** Let all calls through whatever fails. */
  'breaker:hold-closed',
  'service:order',
  /** Acknowledge, note, resolve. */
  'incident:edit',
  'config:edit',
  'fault:start',
  'fault:stop',
  /** Give orders while the audit log cannot be written. */
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

/** Roles, each with what it may. */
export const roles = {
  viewer: ['state:read', 'logs:read'],
  auditor: ['state:read', 'logs:read', 'audit:read-own', 'audit:read'],
  operator: ofOperators,
  maintainer: [...ofOperators, 'config:edit'],
  admin: permissions,
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof roles;

/** What decides about a user's permissions. */
export interface Rights {
  readonly role: Role;
  /** Besides those of the role. */
  readonly extraPermissions?: readonly Permission[];
}

export function may({ role, extraPermissions = [] }: Rights, permission: Permission): boolean {
  const ofRole: readonly Permission[] = roles[role] ?? [];
  return ofRole.includes(permission) || extraPermissions.includes(permission);
}
