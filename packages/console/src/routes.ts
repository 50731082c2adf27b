import type { Clock } from 'dualbrake';
import { actOnBreaker, showBreaker } from './handlers/breakers.ts';
import { openStream, type Streams } from './handlers/events.ts';
import { showReport, showSession } from './handlers/report.ts';
import { actOnService, listServices, showOperation } from './handlers/services.ts';
import type { ConsoleUser } from './options.ts';
import type { ConsoleState } from './state.ts';

/** What a handler is given. */
export interface Exchange {
  readonly state: ConsoleState;
  readonly request: Request;
  readonly user: ConsoleUser;
  /** The id in the path; empty where there is none. */
  readonly parameter: string;
  /** Where the console is mounted. */
  readonly base: string;
  readonly streams: Streams;
  readonly clock: Clock;
}

export type Handler = (exchange: Exchange) => Promise<Response>;

/** A line of the table. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below `/api/v1`; the group, if there is one, is the id. */
  readonly path: RegExp;
  readonly permission: 'view' | 'operate';
  readonly handler: Handler;
}

export const routes: readonly Route[] = [
  { method: 'GET', path: /^\/session$/, permission: 'view', handler: showSession },
  { method: 'GET', path: /^\/report$/, permission: 'view', handler: showReport },
  { method: 'GET', path: /^\/breakers\/([^/]+)$/, permission: 'view', handler: showBreaker },
  { method: 'POST', path: /^\/breakers\/([^/]+)\/actions$/, permission: 'operate', handler: actOnBreaker },
  { method: 'GET', path: /^\/services$/, permission: 'view', handler: listServices },
  { method: 'POST', path: /^\/services\/([^/]+)\/actions$/, permission: 'operate', handler: actOnService },
  { method: 'GET', path: /^\/operations\/([^/]+)$/, permission: 'view', handler: showOperation },
  { method: 'GET', path: /^\/events$/, permission: 'view', handler: openStream },
];
