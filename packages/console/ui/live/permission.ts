/** What the page asks about before it offers something. The server decides in any case. */
export type Permission =
  | 'audit:read-own'
  | 'audit:read'
  | 'breaker:order'
  | 'breaker:hold-closed'
  | 'service:order'
  | 'incident:edit'
  | 'config:edit'
  | 'fault:start'
  | 'fault:stop';

/** Which role is the first that may: for telling whom to ask. */
export const roleFor: Readonly<Record<Permission, string>> = {
  'audit:read-own': 'operator',
  'audit:read': 'auditor',
  'breaker:order': 'operator',
  'breaker:hold-closed': 'admin',
  'service:order': 'operator',
  'incident:edit': 'operator',
  'config:edit': 'maintainer',
  'fault:start': 'admin',
  'fault:stop': 'operator',
};
