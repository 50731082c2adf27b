export { createConsole, type Console } from './console.ts';
export { toNodeHandler, type NodeHandler } from './node.ts';
export {
  ActionFailedError,
  type ConsoleLogEntry,
  type ConsoleOptions,
  type ConsoleService,
  type ConsoleUser,
  type ServiceAction,
} from './options.ts';
export type * from './contract.ts';
