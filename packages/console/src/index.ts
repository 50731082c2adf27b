export { createConsole, type Console } from './console.ts';
export type { ConsoleLogEntry, ConsoleOptions, ConsoleService, ConsoleUser, ServiceAction } from './options.ts';
export type * from './contract.ts';
