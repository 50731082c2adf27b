export { createConsole, type Console, type ConsoleFigures } from './console.ts';
export { exportConsoleMetrics } from './metrics.ts';
export { toNodeHandler, type NodeHandler } from './node.ts';
export {
  ActionFailedError,
  type ActionContext,
  type ConsoleLogEntry,
  type ConsoleOptions,
  type ConsoleService,
  type ConsoleUser,
  type MemberNotes,
  type MetricsSource,
  type ServiceAction,
  type StoreOptions,
  type TokenSignInOptions,
} from './options.ts';
export { errorPage, isNavigation, type ErrorPage } from './plain/error-page.ts';
export { plainPolicy } from './plain/plain-style.ts';
export type { RoleNames } from './role-names.ts';
export { permissions, roles, type Permission, type Role } from './permissions.ts';
export { rekeyAuditLog, type RekeyOptions } from './store/rekey.ts';
export { isSecretKey, redact, redactText } from './logs/redact.ts';
export type * from './contract.ts';
