/** What the page checks before it offers something. The server decides in any case. */
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
