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
  ['P6002', 'auth', 'persistent', notSent],
  ['P6008', 'connect', 'system', notSent],
]);
const prismaAnswer = row('prisma.other', 'invalid', 'persistent', prismaSource, rejected);
const prismaValidation = row('prisma.validation', 'programmer', 'persistent', prismaSource, notSent);
const prismaStart = row('prisma.initialization', 'connect', 'system', prismaSource);
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
    ['EntityNotFoundError NotFoundError NoResultError', 'not-found', 'persistent', rejected],
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
    ['ZodError ValidationError YupError', 'invalid', 'persistent', { scope: 'request' }],
  ]),
]);

const acquire = row('knex.acquire', 'connections', 'system', builders, notSent);
const query = row('knex.query', 'timeout', 'transient', builders);
const notConnected = row('typeorm.not-connected', 'programmer', 'persistent', builders, notSent);

/** What object-relational mappers and query builders say themselves; what they wrap is judged by itself. */
export function ormRule(error: unknown): Found | undefined {
  const name = readText(error, 'name') ?? '';
  const found = name.startsWith('PrismaClient') ? byPrisma(error, name) : byName(error, name);
  return found && { row: found, rank: evidence.driver };
}

/** Errors of these are about a database, whatever lost connection is inside of them. */
export function isOfDatabase(error: unknown): boolean {
  const name = readText(error, 'name') ?? '';
  if (/^(Sequelize|PrismaClient|Mongo)|^(QueryFailedError|KnexTimeoutError)$/.test(name)) return true;
  // mysql2 tells a connection that is lost for good from any other by this alone.
  if (read(error, 'fatal') === true && readText(error, 'code') !== undefined) return true;
  return constructorName(error) === 'DrizzleQueryError';
}

/** The tables, for people to read. */
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
];

function byPrisma(error: unknown, name: string): Row | undefined {
  if (name === 'PrismaClientValidationError') return prismaValidation;
  if (name === 'PrismaClientRustPanicError') return prismaPanic;
  const code = readText(error, 'code') ?? readText(error, 'errorCode');
  if (code === undefined) return name === 'PrismaClientInitializationError' ? prismaStart : undefined;
  // A raw query's own error is inside, with the database's code and nothing else.
  if (code === 'P2010') return byDatabase(read(error, 'meta'));
  return prisma.get(code) ?? prismaAnswer;
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
  return names.get(name) ?? names.get(constructorName(error) ?? '');
}
