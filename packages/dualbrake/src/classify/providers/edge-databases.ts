/** Databases that are accessed over HTTP, from browsers and Workers as well: PostgREST, libSQL, PlanetScale, D1. */
import { readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, type Row } from '../rule.ts';
import { at, client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const libsqlSource = 'libsql-client-ts; hrana error codes';
const postgrestSource = 'PostgREST: error codes';
const d1Source = 'Cloudflare D1: errors; Durable Objects: error handling';
const answered = { reachedServer: 'yes' } as const;

const libsql = client(
  'libsql',
  libsqlSource,
  [
    ['BLOCKED', 'quota', 'persistent', rejected],
    [
      'URL_INVALID URL_SCHEME_NOT_SUPPORTED URL_PARAM_NOT_SUPPORTED CLIENT_CLOSED TRANSACTION_CLOSED SYNC_NOT_SUPPORTED',
      'programmer',
      'persistent',
      notSent,
    ],
    ['HRANA_WEBSOCKET_ERROR HRANA_CLOSED_ERROR', 'connection-lost', 'system'],
    ['STREAM_EXPIRED TRANSACTION_TIMEOUT', 'timeout', 'transient', rejected],
    ['RESPONSE_TOO_LARGE SQL_PARSE_ERROR SQL_INPUT_ERROR ARGS_INVALID', 'invalid', 'persistent', rejected],
  ],
  ({ name, code }) => (/^(LibsqlError|ResponseError)$/.test(name) && typeof code === 'string' ? code : undefined),
);

/** Plain objects with four properties. Their SQLSTATEs are those of PostgreSQL. */
const postgrestCodes = client(
  'postgrest',
  postgrestSource,
  [
    ['PGRST000 PGRST001 PGRST002', 'unavailable', 'system'],
    ['PGRST003', 'connections', 'system'],
    ['PGRST300 PGRST301 PGRST302 PGRST303', 'auth', 'persistent', rejected],
    ['PGRST116', 'not-found', 'persistent', rejected],
    ['PGRSTX00', 'server-error', 'transient', answered],
  ],
  ({ code }) => (typeof code === 'string' && /^PGRST[\dX]\d\d$/.test(code) ? code : undefined),
  row('postgrest.other', 'invalid', 'persistent', postgrestSource, rejected),
);

/** Responses with the name of a gRPC status in the body; the HTTP status is always 400. */
const planetscale = client(
  'planetscale',
  'Vitess vtrpc: codes; @planetscale/database',
  [
    ['RESOURCE_EXHAUSTED', 'rate-limit', 'transient', lost],
    ['ABORTED', 'conflict', 'transient', lost],
    ['UNAVAILABLE CLUSTER_EVENT', 'unavailable', 'system'],
    ['DEADLINE_EXCEEDED', 'timeout', 'transient'],
    ['INTERNAL UNKNOWN', 'server-error', 'transient', answered],
    ['UNAUTHENTICATED PERMISSION_DENIED', 'auth', 'persistent', rejected],
    [
      'INVALID_ARGUMENT NOT_FOUND ALREADY_EXISTS FAILED_PRECONDITION OUT_OF_RANGE UNIMPLEMENTED',
      'invalid',
      'persistent',
      rejected,
    ],
  ],
  ({ name, error }) =>
    name === 'DatabaseError' && readNumber(error, 'status') !== undefined
      ? readText(at(error, 'body'), 'code')
      : undefined,
);

const d1Overloaded = row('d1.overloaded', 'overloaded', 'transient', d1Source, rejected);
const d1Memory = row('d1.memory', 'memory', 'system', d1Source);
const d1Reset = row('d1.reset', 'connection-lost', 'transient', d1Source);

const words: readonly (readonly [string | RegExp, Row])[] = [
  [/\b(D1 DB|Durable Object) is overloaded\b/, d1Overloaded],
  [/exceeded its memory limit and was reset/, d1Memory],
  [
    /\b(?:D1 DB|Durable Object) (?:storage )?(?:operation exceeded timeout|reset because)|\bcaused object to be reset\b/,
    d1Reset,
  ],
  [
    /^(Cannot|Unable to) (perform I\/O|access storage) /,
    row('workers.misuse', 'programmer', 'persistent', 'Cloudflare Workers: errors', notSent),
  ],
];

export const edgeDatabases: ClientGroup = {
  name: 'Databases over HTTP',
  clients: [libsql, postgrestCodes, planetscale],
  words,
};
