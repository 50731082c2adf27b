/** Databases with their own clients: ClickHouse, Cassandra, Neo4j, and mappers. */
import { readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, stuck, type Row } from '../rule.ts';
import { at, client, isNamed, type Client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const clickhouseSource = 'ClickHouse src/Common/ErrorCodes.cpp';
const cassandraSource = 'CQL binary protocol v4 section 9; cassandra-driver lib/errors.js';
const neo4jSource = 'Neo4j status codes; neo4j-driver core/src/error.ts';
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
  (thrown) =>
    isNamed(thrown, 'ClickHouseError') && /^(string|number)$/.test(typeof thrown.code)
      ? (thrown.code as string | number)
      : undefined,
  row('clickhouse.other', 'invalid', 'persistent', clickhouseSource, rejected),
);

/** Responses of the server, by the numbers of the protocol, in decimal. */
const cassandra = client(
  'cassandra',
  cassandraSource,
  [
    ['0', 'server-error', 'transient', answered],
    ['256', 'auth', 'persistent', notSent],
    ['4096 4097 4098', 'unavailable', 'transient', rejected],
    ['4099', 'server-error', 'transient', answered],
    // The coordinator has forwarded the request and doesn't know its outcome.
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
    [
      'Neo.ClientError.Transaction.TransactionTimedOut Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration',
      'timeout',
      'transient',
      rejected,
    ],
    [
      'Neo.ClientError.Cluster.NotALeader Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
      'unavailable',
      'system',
      rejected,
    ],
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

const typeorm = client(
  'orm',
  'TypeORM src/error; Sequelize src/errors',
  [
    [
      'EntityMetadataNotFoundError EntityPropertyNotFoundError EntityColumnNotFound FindRelationsNotFoundError RepositoryNotFoundError RepositoryNotTreeError CustomRepositoryNotFoundError CustomRepositoryCannotInheritRepositoryError PessimisticLockTransactionRequiredError NoVersionOrUpdateDateColumnError LockNotSupportedOnGivenDriverError TransactionNotStartedError TransactionAlreadyStartedError QueryRunnerAlreadyReleasedError QueryRunnerProviderAlreadyReleasedError ConnectionIsNotSetError CannotConnectAlreadyConnectedError CannotGetEntityManagerNotConnectedError AlreadyHasActiveConnectionError MustBeEntityError MissingPrimaryColumnError MissingDriverError MissingDeleteDateColumnError MissingJoinColumnError MissingJoinTableError LimitOnUpdateNotSupportedError OffsetWithoutLimitNotSupportedError ReturningStatementNotSupportedError SubjectWithoutIdentifierError SubjectRemovedAndUpdatedError InsertValuesMissingError UpdateValuesMissingError PrimaryColumnCannotBeNullableError PersistedEntityNotFoundError InitializedRelationError ColumnTypeUndefinedError DataTypeNotSupportedError CircularRelationsError ForbiddenTransactionModeOverrideError NoConnectionOptionError SequelizeScopeError SequelizeAssociationError SequelizeEagerLoadingError SequelizeInstanceError',
      'programmer',
      'persistent',
      notSent,
    ],
  ],
  ({ name }) => name,
);

/** Errors without a code, by message. */
const words: readonly (readonly [string | RegExp, Row])[] = [
  [/ buffering timed out after \d+ms$/, buffering],
  ['none of startup nodes is available', row('ioredis.no-nodes', 'connect', 'system', 'ioredis lib/cluster', notSent)],
  ['failed to refresh slots cache', row('ioredis.slots', 'connect', 'system', 'ioredis lib/cluster', notSent)],
  [/^All sentinels are unreachable/, row('ioredis.sentinels', 'connect', 'system', 'ioredis lib/connectors', notSent)],
  [
    'unable to acquire a connection',
    row('knex.destroyed', 'programmer', 'persistent', 'knex lib/client.js: acquireConnection', notSent),
  ],
  [
    'operation timed out for an unknown reason',
    row('tarn.acquire', 'connections', 'system', 'tarn src/PendingOperation.ts', notSent),
  ],
  [
    /^transaction query already complete\b|^connectionmanager\.getconnection was called after\b/,
    row(
      'orm.after-end',
      'programmer',
      'persistent',
      'knex lib/execution/transaction.js; Sequelize: connection manager',
      notSent,
    ),
  ],
  [
    /^Undefined binding\(s\) detected when compiling /,
    row('knex.binding', 'programmer', 'persistent', 'knex lib/query', notSent),
  ],
  ['pool is closed', row('mysql2.pool-closed', 'programmer', 'persistent', 'mysql2 lib/base/pool.js', notSent)],
  [
    /^"?arguments\[\d+\]"? must be of type /,
    row('redis.argument', 'programmer', 'persistent', 'node-redis lib/RESP/encoder.ts', notSent),
  ],
];

export const databases: ClientGroup = {
  name: 'ClickHouse, Cassandra, Neo4j, mongoose, TypeORM',
  clients: [clickhouse, cassandra, cassandraClasses, cassandraHosts, neo4j, mongoose, typeorm],
  words,
};
