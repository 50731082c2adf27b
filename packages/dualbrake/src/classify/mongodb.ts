import { read, readList, readNumber, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, stuck, type Found, type Row } from './rule.ts';

const server = 'MongoDB server error_codes.yml; MongoDB specifications: retryable reads and writes, transactions';
const driver = 'node-mongodb-native src/error.ts';

const codes = rows('mongodb', server, [
  ['91 189 10107 11600 11602 13435 13436 10058', 'unavailable', 'system', { reachedServer: 'yes' }],
  ['6 7 89 9001', 'connection-lost', 'system'],
  ['50 262 64 202', 'timeout', 'transient', { reachedServer: 'yes' }],
  ['112 251 244 24 46', 'conflict', 'transient', lost],
  ['462', 'overloaded', 'transient', lost],
  // Azure Cosmos DB for MongoDB.
  ['16500', 'rate-limit', 'transient', lost],
  ['13388 63 150 133 134', 'unavailable', 'transient', rejected],
  ['11000 11001 121 12582', 'constraint', 'persistent', rejected],
  ['18 8000', 'auth', 'persistent', notSent],
  ['13 31 33', 'auth', 'persistent', rejected],
  ['26 43 27', 'not-found', 'persistent', rejected],
  ['14031 39', 'disk', 'system', { ...rejected, ...stuck }],
  ['146 292 12501', 'memory', 'system', rejected],
  ['11601', 'cancelled', 'cancelled'],
]);
const answered = row('mongodb.other', 'invalid', 'persistent', server, rejected);
const unknownCommit = row('mongodb.UnknownTransactionCommitResult', 'unknown-commit', 'transient', server, {
  reachedServer: 'yes',
});
const conflict = row('mongodb.TransientTransactionError', 'conflict', 'transient', server, lost);
const overloaded = row('mongodb.SystemOverloadedError', 'overloaded', 'transient', server, lost);
const unwritten = row('mongodb.NoWritesPerformed', 'unavailable', 'system', server, rejected);

/** The driver's own errors, by name. */
const names = rows('mongodb', driver, [
  ['MongoServerSelectionError', 'connect', 'system', notSent],
  ['MongoWaitQueueTimeoutError', 'connections', 'system', notSent],
  ['MongoPoolClearedError MongoPoolClosedError', 'connect', 'system', notSent],
  // These also interrupt running operations.
  ['PoolClearedOnNetworkError MongoTopologyClosedError', 'connection-lost', 'system'],
  ['MongoNetworkTimeoutError MongoNetworkError', 'connection-lost', 'system'],
  ['MongoOperationTimeoutError', 'timeout', 'transient'],
  ['MongoNotConnectedError MongoClientClosedError', 'programmer', 'persistent', notSent],
  [
    'MongoParseError MongoInvalidArgumentError MongoMissingCredentialsError MongoMissingDependencyError MongoAPIError MongoDriverError',
    'programmer',
    'persistent',
    notSent,
  ],
]);
const handshake = row('mongodb.handshake', 'connect', 'system', driver, notSent);

/** MongoDB: labels first, then codes, then names. */
export function mongodbRule(error: unknown): Found | undefined {
  const name = readText(error, 'name') ?? '';
  if (!name.startsWith('Mongo') && name !== 'PoolClearedOnNetworkError') return undefined;
  const labels = labelsOf(error);
  const code = readNumber(error, 'code');
  const found = byLabel(labels, code) ?? byCode(code, name) ?? byName(error, name, labels);
  return found && { row: found, rank: evidence.driver };
}

/** The rows of the table. */
export const mongodbRows: readonly Row[] = [
  ...codes.values(),
  answered,
  unknownCommit,
  conflict,
  overloaded,
  unwritten,
  ...names.values(),
  handshake,
];

function labelsOf(error: unknown): ReadonlySet<unknown> {
  const list = readList(error, 'errorLabels', 50);
  const set = read(error, 'errorLabelSet');
  return new Set(list.length === 0 && set instanceof Set ? [...set].slice(0, 50) : list);
}

function byLabel(labels: ReadonlySet<unknown>, code: number | undefined): Row | undefined {
  if (labels.has('UnknownTransactionCommitResult')) return unknownCommit;
  if (labels.has('TransientTransactionError') && code !== undefined) return conflict;
  if (labels.has('SystemOverloadedError')) return overloaded;
  return labels.has('NoWritesPerformed') ? unwritten : undefined;
}

function byCode(code: number | undefined, name: string): Row | undefined {
  if (code === undefined) return undefined;
  return codes.get(String(code)) ?? (/^Mongo(Server|Write|BulkWrite)/.test(name) ? answered : undefined);
}

function byName(error: unknown, name: string, labels: ReadonlySet<unknown>): Row | undefined {
  const isEarly = read(error, 'beforeHandshake') === true || labels.has('HandshakeError');
  return name.startsWith('MongoNetwork') && isEarly ? handshake : names.get(name);
}
