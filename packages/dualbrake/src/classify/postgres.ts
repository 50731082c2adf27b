import { constructorName, read, readText } from './safe-read.ts';
import { evidence, notSent, rejected, row, type Found, type Row } from './rule.ts';

const errcodes = 'PostgreSQL src/backend/utils/errcodes.txt; manual, appendix A';
const pg = 'node-postgres pg/lib/client.js, pg-pool';
const postgresJs = 'postgres.js src/connection.js';
const kept = { countsAgainstBreaker: false, ...rejected } as const;

/** Individual states. For all others, the class (the first two characters) decides. */
const states = new Map<string, Row>(
  (
    [
      ['08001 08003 08004', 'connect', 'system', notSent],
      ['08007', 'connection-lost', 'system', { reachedServer: 'yes' }],
      ['40003', 'unknown-commit', 'transient', { reachedServer: 'yes' }],
      ['08P01', 'invalid', 'persistent', rejected],
      ['25P03 25P04', 'timeout', 'transient', { ...rejected }],
      ['40002', 'constraint', 'persistent', rejected],
      ['53100 53400', 'disk', 'system', { ...rejected, retryable: false }],
      ['53300', 'connections', 'system', notSent],
      ['53200', 'memory', 'system', rejected],
      ['55P03 55006', 'lock', 'transient', kept],
      ['57P01 57P02 57000', 'connection-lost', 'system', {}],
      ['57P03', 'unavailable', 'system', notSent],
      ['57P04', 'not-found', 'persistent', { reachedServer: 'yes' }],
      ['57P05', 'connection-lost', 'transient', { countsAgainstBreaker: false }],
      ['58000', 'system', 'system', { reachedServer: 'yes' }],
      ['58030 58P01 58P02', 'disk', 'system', { reachedServer: 'yes', retryable: false }],
      ['HV001', 'memory', 'system', rejected],
      ['HV00N', 'connect', 'system', rejected],
    ] as const
  ).flatMap(([list, kind, of, details]) =>
    list.split(' ').map((state) => [state, row(`postgres.${state}`, kind, of, errcodes, details)] as const),
  ),
);

const classes = new Map<string, Row>(
  (
    [
      [
        '03 09 0A 0B 0F 0L 0P 0Z 20 21 22 24 26 27 2B 2D 2F 34 38 39 3B 3F 42 44 54 F0 P0 HV 25',
        'invalid',
        'persistent',
        rejected,
      ],
      ['23', 'constraint', 'persistent', rejected],
      ['28 3D', 'auth', 'persistent', notSent],
      ['08', 'connection-lost', 'system', {}],
      ['40 72', 'conflict', 'transient', kept],
      ['53', 'resources', 'system', rejected],
      ['55', 'invalid', 'persistent', rejected],
      ['57', 'unavailable', 'system', {}],
      ['58', 'system', 'system', { reachedServer: 'yes', retryable: false }],
      ['XX', 'corruption', 'system', { reachedServer: 'yes', retryable: false }],
      ['00 01 02', 'warning', 'persistent', { reachedServer: 'yes' }],
    ] as const
  ).flatMap(([list, kind, of, details]) =>
    list.split(' ').map((prefix) => [prefix, row(`postgres.class-${prefix}`, kind, of, errcodes, details)] as const),
  ),
);

const statementTimeout = row('postgres.57014.timeout', 'timeout', 'transient', errcodes, rejected);
const queryCancelled = row('postgres.57014.cancelled', 'cancelled', 'cancelled', errcodes);
const cachedPlan = row(
  'postgres.0A000.cached-plan',
  'conflict',
  'transient',
  'Rails: cached plan must not change result type',
  kept,
);
const pooler = row('postgres.08P01.pooler', 'connections', 'system', 'PgBouncer: messages of the pooler', notSent);

/** Messages of drivers without a code. */
export const postgresWords: readonly (readonly [RegExp, Row])[] = [
  [
    /^timeout exceeded when trying to connect$|^timeout expired$|^Connection terminated due to connection timeout$/,
    row('pg.connect-timeout', 'timeout', 'system', pg, notSent),
  ],
  [/^Connection terminated( unexpectedly)?$/, row('pg.connection-terminated', 'connection-lost', 'system', pg)],
  [/not queryable/, row('pg.not-queryable', 'connection-lost', 'system', pg, notSent)],
  [/^Query read timeout$/, row('pg.query-read-timeout', 'timeout', 'transient', pg)],
  [/^Client was closed and is not queryable$/, row('pg.closed', 'connection-lost', 'system', pg, notSent)],
  [
    /^The server does not support SSL connections|^SASL: |^There was an error establishing an SSL connection/,
    row('pg.handshake', 'auth', 'persistent', pg, notSent),
  ],
  [/^PGlite is closed$/, row('pglite.closed', 'programmer', 'persistent', 'PGlite src/pglite.ts', notSent)],
  [/^Cannot use a pool after calling end on the pool$/, row('pg.pool-ended', 'programmer', 'persistent', pg, notSent)],
];

const driverCodes = new Map<string, Row>([
  ['CONNECT_TIMEOUT', row('postgres-js.CONNECT_TIMEOUT', 'timeout', 'system', postgresJs, notSent)],
  ['CONNECTION_CLOSED', row('postgres-js.CONNECTION_CLOSED', 'connection-lost', 'system', postgresJs)],
  ['CONNECTION_ENDED', row('postgres-js.CONNECTION_ENDED', 'programmer', 'persistent', postgresJs, notSent)],
  ['CONNECTION_DESTROYED', row('postgres-js.CONNECTION_DESTROYED', 'programmer', 'persistent', postgresJs, notSent)],
  ['UNDEFINED_VALUE', row('postgres-js.UNDEFINED_VALUE', 'programmer', 'persistent', postgresJs, notSent)],
  ['NOT_TAGGED_CALL', row('postgres-js.NOT_TAGGED_CALL', 'programmer', 'persistent', postgresJs, notSent)],
  ...[
    'MAX_PARAMETERS_EXCEEDED',
    'UNSAFE_TRANSACTION',
    'INVALID_TRANSACTION',
    'AUTH_TYPE_NOT_IMPLEMENTED',
    'SASL_SIGNATURE_MISMATCH',
    'COPY_IN_PROGRESS',
  ].map((code) => [code, row(`postgres-js.${code}`, 'programmer', 'persistent', postgresJs, notSent)] as const),
]);

/** SQLSTATEs of PostgreSQL through any driver or query builder, and messages of drivers without one. */
export function postgresRule(error: unknown): Found | undefined {
  const state = sqlState(error);
  const message = readText(error, 'message') ?? '';
  if (state !== undefined) {
    const found = byState(state, message);
    return found && { row: found, rank: evidence.driver };
  }
  // NATS also has some of these codes; postgres.js has no error class.
  const coded = readText(error, 'name') === 'Error' ? driverCodes.get(readText(error, 'code') ?? '') : undefined;
  return coded && { row: coded, rank: evidence.driver };
}

/** The rows of the table. */
export const postgresRows: readonly Row[] = [
  ...states.values(),
  ...classes.values(),
  statementTimeout,
  queryCancelled,
  cachedPlan,
  pooler,
  ...driverCodes.values(),
  ...postgresWords.map(([, found]) => found),
];

/** The meaning of a SQLSTATE. */
export function byState(state: string, message: string): Row | undefined {
  if (state === '57014') return /statement timeout|lock timeout/.test(message) ? statementTimeout : queryCancelled;
  if (state === '0A000' && message.includes('cached plan must not change')) return cachedPlan;
  if (state === '08P01' && /server_login|no more connections|pool|query_wait_timeout/.test(message)) return pooler;
  return states.get(state) ?? classes.get(state.slice(0, 2));
}

function hasField(error: unknown, name: string): boolean {
  const found = read(error, name);
  return found === null || typeof found === 'string';
}

/** Five characters alone prove nothing (EPIPE has five): the server's other fields or the driver's class must be present. */
function sqlState(error: unknown): string | undefined {
  const code = readText(error, 'code') ?? readText(error, 'sqlState') ?? readText(error, 'sqlstate');
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const fromServer =
    readText(error, 'severity') !== undefined ||
    readText(error, 'routine') !== undefined ||
    (read(error, 'length') !== undefined && readText(error, 'name') === 'error') ||
    ['DatabaseError', 'PostgresError'].includes(constructorName(error) ?? '') ||
    readText(error, 'name') === 'PostgresError' ||
    // PostgREST and others pass on a plain object with the server's fields, some of them empty.
    (hasField(error, 'details') && hasField(error, 'hint')) ||
    (hasField(error, 'schema') && hasField(error, 'constraint'));
  return fromServer ? code : undefined;
}
