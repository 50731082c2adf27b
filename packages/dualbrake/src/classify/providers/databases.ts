/** Databases that are reached through a client of their own: ClickHouse, Cassandra, Neo4j, libSQL, PostgREST, D1. */
import { readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, stuck, type Row } from '../rule.ts';
import { at, client, isNamed, type Client } from './client.ts';

const clickhouseSource = 'ClickHouse src/Common/ErrorCodes.cpp';
const cassandraSource = 'CQL binary protocol v4 section 9; cassandra-driver lib/errors.js';
const neo4jSource = 'Neo4j status codes; neo4j-driver core/src/error.ts';
const libsqlSource = 'libsql-client-ts; hrana error codes';
const postgrestSource = 'PostgREST: error codes';
const d1Source = 'Cloudflare D1: errors; Durable Objects: error handling';
const answered = { reachedServer: 'yes' } as const;

const clickhouse = client(
  'clickhouse',
  clickhouseSource,
  [
    ['202 252 439 745', 'overloaded', 'transient', rejected],
    ['201 290', 'rate-limit', 'transient', lost],
    ['241 173', 'memory', 'system', rejected],
    ['242 225 254 285 999 244 305', 'unavailable', 'system', rejected],
    ['159', 'timeout', 'transient', answered],
    ['160', 'timeout', 'persistent', rejected],
    ['209', 'timeout', 'transient'],
    ['210 279 32 198 95 286 319 364 1002', 'connection-lost', 'system'],
    ['236 394', 'cancelled', 'cancelled'],
    ['473', 'conflict', 'transient', lost],
    ['243 76 74 75', 'disk', 'system', { ...answered, ...stuck }],
    ['192 193 194 195 516 746', 'auth', 'persistent', rejected],
    ['497 164 291', 'auth', 'persistent', rejected],
    ['60 81 47 16 36', 'not-found', 'persistent', rejected],
  ],
  (thrown) => (isNamed(thrown, 'ClickHouseError') && thrown.code !== undefined ? String(thrown.code) : undefined),
  row('clickhouse.other', 'invalid', 'persistent', clickhouseSource, rejected),
);

/** Answers of the server; the numbers are those of the protocol, here in decimal. */
const cassandra = client(
  'cassandra',
  cassandraSource,
  [
    ['0', 'server-error', 'transient', answered],
    ['256', 'auth', 'persistent', notSent],
    ['4096 4097 4098', 'unavailable', 'transient', rejected],
    ['4099', 'server-error', 'transient', answered],
    // The coordinator has passed it on, and does not know how it ended.
    ['4352 4608', 'timeout', 'transient', answered],
    ['4864 5376 5888', 'server-error', 'transient', answered],
    ['8448', 'auth', 'persistent', rejected],
    ['9472', 'conflict', 'transient', lost],
    ['10 5120 8192 8704 8960 9216', 'invalid', 'persistent', rejected],
  ],
  ({ name, code, error }) =>
    name === 'ResponseError' && typeof code === 'number' && at(error, 'meta') === undefined ? code : undefined,
);
const cassandraNoHost = row('cassandra.NoHostAvailableError', 'unavailable', 'system', cassandraSource);
const cassandraClasses = client(
  'cassandra',
  cassandraSource,
  [
    ['OperationTimedOutError', 'timeout', 'transient'],
    ['BusyConnectionError', 'connections', 'system', notSent],
    ['DriverInternalError', 'programmer', 'persistent', { scope: 'request' }],
    ['ArgumentError', 'programmer', 'persistent', notSent],
    ['AuthenticationError', 'auth', 'persistent', notSent],
  ],
  ({ name, error }) => (readText(error, 'info')?.startsWith('Represents a') === true ? name : undefined),
);
const cassandraHosts: Client = {
  rows: [cassandraNoHost],
  judge: ({ name }) => (name === 'NoHostAvailableError' ? cassandraNoHost : undefined),
};

const neo4jNames = client(
  'neo4j',
  neo4jSource,
  [
    [
      'Neo.TransientError.Transaction.DeadlockDetected Neo.TransientError.Transaction.LockClientStopped Neo.TransientError.Transaction.LockAcquisitionTimeout Neo.TransientError.Transaction.Outdated Neo.TransientError.Transaction.ConstraintsChanged Neo.TransientError.Transaction.LeaseExpired Neo.TransientError.Transaction.BookmarkTimeout',
      'conflict',
      'transient',
      lost,
    ],
    [
      'Neo.TransientError.General.MemoryPoolOutOfMemoryError Neo.TransientError.General.OutOfMemoryError Neo.TransientError.General.StackOverFlowError Neo.TransientError.Transaction.MaximumTransactionLimitReached Neo.TransientError.Request.NoThreadsAvailable',
      'memory',
      'system',
      rejected,
    ],
    ['Neo.ClientError.Transaction.Terminated Neo.ClientError.Transaction.LockClientStopped', 'cancelled', 'cancelled'],
    ['Neo.ClientError.Transaction.TransactionTimedOut Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'timeout', 'transient', rejected],
    ['Neo.ClientError.Cluster.NotALeader Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', 'unavailable', 'system', rejected],
    [
      'Neo.ClientError.Security.Unauthorized Neo.ClientError.Security.AuthenticationRateLimit Neo.ClientError.Security.CredentialsExpired Neo.ClientError.Security.TokenExpired',
      'auth',
      'persistent',
      notSent,
    ],
    ['Neo.ClientError.Security.AuthorizationExpired', 'auth', 'transient', lost],
    ['ServiceUnavailable SessionExpired', 'connection-lost', 'system'],
    ['ProtocolError', 'invalid', 'persistent'],
  ],
  ({ name, code }) => (name === 'Neo4jError' && typeof code === 'string' ? code : undefined),
);
const neo4jGroups: readonly (readonly [prefix: string, found: Row])[] = [
  ['Neo.TransientError.', row('neo4j.TransientError', 'unavailable', 'transient', neo4jSource, rejected)],
  ['Neo.ClientError.', row('neo4j.ClientError', 'invalid', 'persistent', neo4jSource, rejected)],
  ['Neo.DatabaseError.', row('neo4j.DatabaseError', 'server-error', 'system', neo4jSource, { ...answered, ...stuck })],
];
const neo4jPool = row('neo4j.pool', 'connections', 'system', neo4jSource, notSent);
const neo4j: Client = {
  rows: [neo4jPool, ...neo4jNames.rows, ...neo4jGroups.map(([, found]) => found)],
  judge(thrown) {
    const { name, code } = thrown;
    if (name !== 'Neo4jError' || typeof code !== 'string') return undefined;
    if (thrown.message.startsWith('Connection acquisition timed out')) return neo4jPool;
    return neo4jNames.judge(thrown) ?? neo4jGroups.find(([prefix]) => code.startsWith(prefix))?.[1];
  },
};

const libsql = client(
  'libsql',
  libsqlSource,
  [
    ['BLOCKED', 'quota', 'persistent', rejected],
    ['URL_INVALID URL_SCHEME_NOT_SUPPORTED URL_PARAM_NOT_SUPPORTED CLIENT_CLOSED TRANSACTION_CLOSED SYNC_NOT_SUPPORTED', 'programmer', 'persistent', notSent],
    ['HRANA_WEBSOCKET_ERROR HRANA_CLOSED_ERROR', 'connection-lost', 'system'],
    ['STREAM_EXPIRED TRANSACTION_TIMEOUT', 'timeout', 'transient', rejected],
    ['RESPONSE_TOO_LARGE SQL_PARSE_ERROR SQL_INPUT_ERROR ARGS_INVALID', 'invalid', 'persistent', rejected],
  ],
  ({ name, code }) => (/^(LibsqlError|ResponseError)$/.test(name) && typeof code === 'string' ? code : undefined),
);

/** Plain objects with four properties. SQLSTATEs among them are PostgreSQL's. */
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

/** Answers with names of gRPC in its body; the status is always 400. */
const planetscale: Client = client(
  'planetscale',
  'Vitess vtrpc: codes; @planetscale/database',
  [
    ['RESOURCE_EXHAUSTED', 'rate-limit', 'transient', lost],
    ['ABORTED', 'conflict', 'transient', lost],
    ['UNAVAILABLE CLUSTER_EVENT', 'unavailable', 'system'],
    ['DEADLINE_EXCEEDED', 'timeout', 'transient'],
    ['INTERNAL UNKNOWN', 'server-error', 'transient', answered],
    ['UNAUTHENTICATED PERMISSION_DENIED', 'auth', 'persistent', rejected],
    ['INVALID_ARGUMENT NOT_FOUND ALREADY_EXISTS FAILED_PRECONDITION OUT_OF_RANGE UNIMPLEMENTED', 'invalid', 'persistent', rejected],
  ],
  ({ name, error }) =>
    name === 'DatabaseError' && readNumber(error, 'status') !== undefined ? readText(at(error, 'body'), 'code') : undefined,
);

const mongoose = client(
  'mongoose',
  'mongoose lib/error',
  [
    ['MongooseServerSelectionError', 'connect', 'system', notSent],
    [
      'CastError ValidatorError MissingSchemaError OverwriteModelError ParallelSaveError ParallelValidateError ObjectParameterError ObjectExpectedError StrictModeError StrictPopulateError DivergentArrayError InvalidSchemaOptionError',
      'programmer',
      'persistent',
      notSent,
    ],
    ['DocumentNotFoundError', 'not-found', 'persistent', rejected],
    ['VersionError', 'conflict', 'persistent', rejected],
  ],
  ({ name, error }) => (name !== 'VersionError' || at(error, 'version') !== undefined ? name : undefined),
);
const buffering = row('mongoose.buffering', 'timeout', 'system', 'mongoose lib/drivers: bufferTimeoutMS', notSent);

export const databases: readonly Client[] = [
  clickhouse,
  cassandra,
  cassandraClasses,
  cassandraHosts,
  neo4j,
  libsql,
  postgrestCodes,
  planetscale,
  mongoose,
];

const d1Overloaded = row('d1.overloaded', 'overloaded', 'transient', d1Source, rejected);
const d1Memory = row('d1.memory', 'memory', 'system', d1Source);
const d1Reset = row('d1.reset', 'connection-lost', 'transient', d1Source);

/** What they say in words. */
export const databaseWords: readonly (readonly [string | RegExp, Row])[] = [
  [/ buffering timed out after \d+ms$/, buffering],
  [/\b(D1 DB|Durable Object) is overloaded\b/, d1Overloaded],
  [/exceeded its memory limit and was reset/, d1Memory],
  [/\b(?:D1 DB|Durable Object) (?:storage )?(?:operation exceeded timeout|reset because)|\bcaused object to be reset\b/, d1Reset],
  [
    /^(Cannot|Unable to) (perform I\/O|access storage) /,
    row('workers.misuse', 'programmer', 'persistent', 'Cloudflare Workers: errors', notSent),
  ],
  ['none of startup nodes is available', row('ioredis.no-nodes', 'connect', 'system', 'ioredis lib/cluster', notSent)],
  ['failed to refresh slots cache', row('ioredis.slots', 'connect', 'system', 'ioredis lib/cluster', notSent)],
  [/^All sentinels are unreachable/, row('ioredis.sentinels', 'connect', 'system', 'ioredis lib/connectors', notSent)],
  ['unable to acquire a connection', row('knex.destroyed', 'programmer', 'persistent', 'knex lib/client.js: acquireConnection', notSent)],
  ['operation timed out for an unknown reason', row('tarn.acquire', 'connections', 'system', 'tarn src/PendingOperation.ts', notSent)],
  [
    /^transaction query already complete\b|^connectionmanager\.getconnection was called after\b/,
    row('orm.after-end', 'programmer', 'persistent', 'knex lib/execution/transaction.js; Sequelize: connection manager', notSent),
  ],
  [/^Undefined binding\(s\) detected when compiling /, row('knex.binding', 'programmer', 'persistent', 'knex lib/query', notSent)],
  ['pool is closed', row('mysql2.pool-closed', 'programmer', 'persistent', 'mysql2 lib/base/pool.js', notSent)],
  [
    /^"?arguments\[\d+\]"? must be of type /,
    row('redis.argument', 'programmer', 'persistent', 'node-redis lib/RESP/encoder.ts', notSent),
  ],
];
