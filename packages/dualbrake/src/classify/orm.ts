import { byNumber } from './mysql.ts';
import { byState } from './postgres.ts';
import { constructorName, read, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, stuck, type Found, type Row } from './rule.ts';

const prismaSource = 'Prisma error reference';
const sequelizeSource = 'Sequelize src/errors';
const builders = 'knex lib/util/timeout.js; TypeORM src/error; MikroORM core/src/exceptions.ts; db-errors';

const prisma = rows('prisma', prismaSource, [
  ['P1000 P1010', 'auth', 'persistent', notSent],
  ['P1001', 'connect', 'system', notSent],
  ['P1002 P1017', 'connection-lost', 'system'],
  ['P1003 P1012 P1013 P1014 P1015', 'configuration', 'persistent', notSent],
  ['P1008', 'timeout', 'transient'],
  ['P1011', 'tls', 'persistent', notSent],
  ['P1016', 'programmer', 'persistent', rejected],
  ['P2001 P2015 P2018 P2025', 'not-found', 'persistent', rejected],
  ['P2002 P2003 P2004 P2011 P2014 P2017', 'constraint', 'persistent', rejected],
  ['P2024 P2037', 'connections', 'system', notSent],
  ['P2028 P2034', 'conflict', 'transient', lost],
  ['P5011 P6003', 'rate-limit', 'transient', lost],
  ['P6004', 'timeout', 'transient'],
  ['P6002 P5007', 'auth', 'persistent', notSent],
  ['P6008', 'connect', 'system', notSent],
  ['P5001 P5006 P6000 P6100', 'server-error', 'transient'],
  ['P5009', 'timeout', 'transient'],
  ['P5010', 'connection-lost', 'transient'],
  ['P5002 P6001 P6010', 'configuration', 'persistent', notSent],
]);
const prismaAnswer = row('prisma.other', 'invalid', 'persistent', prismaSource, rejected);
const prismaValidation = row('prisma.validation', 'programmer', 'persistent', prismaSource, notSent);
const prismaStart = row('prisma.initialization', 'connect', 'system', prismaSource);
const prismaUnconfigured = row('prisma.unconfigured', 'configuration', 'persistent', prismaSource, notSent);
const prismaMisuse = row('prisma.P2028.closed', 'programmer', 'persistent', prismaSource, notSent);
const prismaNoTransaction = row('prisma.P2028.start', 'connections', 'system', prismaSource, notSent);
/** Kinds of a driver adapter's errors, for those without a code of the database. */
const adapterKinds = rows('prisma', 'Prisma packages/driver-adapter-utils/src/types.ts', [
  ['DatabaseNotReachable', 'connect', 'system', notSent],
  ['TlsConnectionError', 'tls', 'persistent', notSent],
  ['TooManyConnections', 'connections', 'system', notSent],
  ['ConnectionClosed', 'connection-lost', 'system'],
  ['SocketTimeout', 'timeout', 'transient'],
  ['TransactionWriteConflict', 'conflict', 'transient', lost],
  ['AuthenticationFailed DatabaseAccessDenied DatabaseDoesNotExist', 'auth', 'persistent', notSent],
  [
    'UniqueConstraintViolation ForeignKeyConstraintViolation NullConstraintViolation LengthMismatch ValueOutOfRange InvalidInputValue InconsistentColumnData',
    'constraint',
    'persistent',
    rejected,
  ],
  [
    'TableDoesNotExist ColumnNotFound UnsupportedNativeDataType InvalidIsolationLevel MissingFullTextSearchIndex',
    'programmer',
    'persistent',
    rejected,
  ],
]);
const prismaPanic = row('prisma.panic', 'programmer', 'system', prismaSource, stuck);

const names = new Map([
  ...rows('sequelize', sequelizeSource, [
    ['SequelizeConnectionAcquireTimeoutError', 'connections', 'system', notSent],
    ['SequelizeConnectionTimedOutError', 'timeout', 'system', notSent],
    [
      'SequelizeConnectionRefusedError SequelizeHostNotFoundError SequelizeHostNotReachableError',
      'connect',
      'system',
      notSent,
    ],
    ['SequelizeAccessDeniedError', 'auth', 'persistent', notSent],
    ['SequelizeInvalidConnectionError', 'configuration', 'persistent', notSent],
    ['SequelizeTimeoutError', 'timeout', 'transient'],
    ['SequelizeOptimisticLockError', 'conflict', 'transient', lost],
    [
      'SequelizeUniqueConstraintError SequelizeForeignKeyConstraintError SequelizeExclusionConstraintError SequelizeUnknownConstraintError',
      'constraint',
      'persistent',
      rejected,
    ],
    ['SequelizeValidationError SequelizeQueryError', 'programmer', 'persistent', notSent],
    ['SequelizeEmptyResultError', 'not-found', 'persistent', rejected],
  ]),
  ...rows('orm', builders, [
    [
      'OptimisticLockVersionMismatchError OptimisticLockError DeadlockException LockWaitTimeoutException',
      'conflict',
      'transient',
      lost,
    ],
    ['EntityNotFoundError NoResultError', 'not-found', 'persistent', rejected],
    // Other libraries use this name, too.
    ['NotFoundError', 'not-found', 'persistent', { reachedServer: 'yes' }],
    [
      'UniqueConstraintViolationException NotNullConstraintViolationException ForeignKeyConstraintViolationException CheckConstraintViolationException UniqueViolationError NotNullViolationError ForeignKeyViolationError CheckViolationError DataError',
      'constraint',
      'persistent',
      rejected,
    ],
    [
      'TableNotFoundException TableExistsException InvalidFieldNameException NonUniqueFieldNameException SyntaxErrorException ReadOnlyException',
      'programmer',
      'persistent',
      rejected,
    ],
    [
      'ConnectionNotFoundError CannotExecuteNotConnectedError DataSourceNotFoundError DriverPackageNotInstalledError',
      'programmer',
      'persistent',
      notSent,
    ],
    ['ConnectionException', 'connection-lost', 'system'],
    ['TransactionRollbackError', 'programmer', 'persistent', rejected],
    ['ZodError ValidationError YupError', 'invalid', 'persistent', { scope: 'request' }],
  ]),
]);

const acquire = row('knex.acquire', 'connections', 'system', builders, notSent);
const query = row('knex.query', 'timeout', 'transient', builders);
const notConnected = row('typeorm.not-connected', 'programmer', 'persistent', builders, notSent);
/** Validation before anything is sent: by mongoose, Objection, Joi and Yup, which mark their errors. */
const beforeSending = row('orm.ValidationError.before-sending', 'invalid', 'persistent', builders, {
  ...notSent,
  scope: 'request',
});

/** Errors of object-relational mappers and query builders themselves. Errors that they wrap are classified separately. */
export function ormRule(error: unknown): Found | undefined {
  const name = readText(error, 'name') ?? '';
  const found =
    name.startsWith('PrismaClient') || name === 'DriverAdapterError' ? byPrisma(error, name) : byName(error, name);
  return found && { row: found, rank: evidence.driver };
}

/** Errors of these libraries are about a database, including any lost connection inside of them. */
export function isOfDatabase(error: unknown): boolean {
  const name = readText(error, 'name') ?? '';
  if (
    /^(Sequelize|PrismaClient|Mongo|DriverAdapterError)|^(QueryFailedError|KnexTimeoutError|NoHostAvailableError|Neo4jError|LibsqlError|NeonDbError)$/.test(
      name,
    )
  )
    return true;
  // In mysql2, only this identifies a connection that is lost for good.
  if (read(error, 'fatal') === true && readText(error, 'code') !== undefined) return true;
  // tedious doesn't set a name.
  if (constructorName(error) === 'ConnectionError' && /^(ESOCKET|ETIMEOUT)$/.test(readText(error, 'code') ?? ''))
    return true;
  return constructorName(error) === 'DrizzleQueryError';
}

/** The rows of the table. */
export const ormRows: readonly Row[] = [
  ...prisma.values(),
  prismaAnswer,
  prismaValidation,
  prismaStart,
  prismaPanic,
  ...names.values(),
  acquire,
  query,
  notConnected,
  beforeSending,
  prismaUnconfigured,
  prismaMisuse,
  prismaNoTransaction,
  ...adapterKinds.values(),
];

function byPrisma(error: unknown, name: string): Row | undefined {
  if (name === 'PrismaClientValidationError') return prismaValidation;
  if (name === 'PrismaClientRustPanicError') return prismaPanic;
  const code = readText(error, 'code') ?? readText(error, 'errorCode');
  if (name === 'DriverAdapterError') return byAdapter(error);
  if (code === undefined) {
    if (name !== 'PrismaClientInitializationError') return undefined;
    const isMisuse = /instantiated|driver adapter|non-empty, valid|constructor/i.test(readText(error, 'message') ?? '');
    return isMisuse ? prismaUnconfigured : prismaStart;
  }
  if (
    code === 'P2028' &&
    /committed transaction|rolled back transaction|Transaction not found/.test(readText(error, 'message') ?? '')
  )
    return prismaMisuse;
  if (code === 'P2028' && (readText(error, 'message') ?? '').includes('Unable to start a transaction'))
    return prismaNoTransaction;
  const known = prisma.get(code);
  if (known !== undefined) return known;
  // Contains the error of the database: since Prisma 7 in that of the driver adapter, before as a code only.
  const meta = read(error, 'meta');
  const adapter = read(meta, 'driverAdapterError');
  if (adapter !== undefined) return byAdapter(adapter) ?? prismaAnswer;
  return code === 'P2010' ? byDatabase(meta) : prismaAnswer;
}

function byAdapter(error: unknown): Row | undefined {
  const cause = read(error, 'cause');
  const code = readText(cause, 'originalCode') ?? readText(cause, 'code') ?? '';
  const message = readText(cause, 'originalMessage') ?? readText(cause, 'message') ?? '';
  if (/^[0-9A-Z]{5}$/.test(code)) return byState(code, message);
  if (/^\d{4}$/.test(code)) return byNumber(Number(code), readText(cause, 'state'), message);
  return adapterKinds.get(readText(cause, 'kind') ?? '');
}

function byDatabase(meta: unknown): Row {
  const code = readText(meta, 'code') ?? '';
  if (/^[0-9A-Z]{5}$/.test(code)) return byState(code, readText(meta, 'message') ?? '') ?? prismaAnswer;
  return /^\d{3,4}$/.test(code) ? byNumber(Number(code), undefined, readText(meta, 'message') ?? '') : prismaAnswer;
}

function byName(error: unknown, name: string): Row | undefined {
  const message = readText(error, 'message') ?? '';
  if (name === 'KnexTimeoutError') return message.includes('acquiring a connection') ? acquire : query;
  if (name === 'TypeORMError' && message === 'Driver not Connected') return notConnected;
  if (name === 'ValidationError' && isBeforeSending(error)) return beforeSending;
  return names.get(name) ?? names.get(constructorName(error) ?? '');
}

/** mongoose has a `_message`, Objection a type, Joi a mark, and Yup a list of errors. */
function isBeforeSending(error: unknown): boolean {
  return (
    read(error, 'isJoi') === true ||
    Array.isArray(read(error, 'inner')) ||
    readText(error, '_message') !== undefined ||
    readText(error, 'type') === 'ModelValidation'
  );
}
