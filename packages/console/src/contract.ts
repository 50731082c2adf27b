/** The types of the HTTP API, for the pages. Types only: zod must not reach the pages. */
export type * from './contract/audit.ts';
export type * from './contract/breakers.ts';
export type * from './contract/common.ts';
export type * from './contract/config.ts';
export type * from './contract/faults.ts';
export type * from './contract/incidents.ts';
export type * from './contract/logs.ts';
export type * from './contract/overview.ts';
export type * from './contract/problem.ts';
export type * from './contract/retries.ts';
export type * from './contract/services.ts';
export type * from './contract/stream.ts';
