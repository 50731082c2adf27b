import { readNumber, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, stuck, type Found, type Row } from './rule.ts';

const manual = 'MySQL 8.4 error reference; MariaDB error codes; InnoDB error handling';
const drivers = 'mysql2 lib/base; mysql lib/protocol';

/** By number, and only then by SQLSTATE: 1203 carries 42000, 1047 carries 08S01. */
const numbers = rows('mysql', manual, [
  ['1213 1205 3572 1614 1613 1020 3101 3058 1637', 'conflict', 'transient', lost],
  ['1226', 'rate-limit', 'transient', lost],
  ['1040 1203', 'connections', 'system', notSent],
  ['1461', 'connections', 'system', rejected],
  ['1129 1130 1045 1044 1049 1251 1698 2059 3118 3955', 'auth', 'persistent', notSent],
  ['1053 1836 1047 3100 1927 1835', 'unavailable', 'system', rejected],
  ['1037 1038 1041 1135 3170', 'memory', 'system', rejected],
  ['1021 1114 1030 126 127 134 144 145 1034 1035 1194 1195 1712', 'disk', 'system', { ...rejected, ...stuck }],
  ['3024 1969 1907', 'timeout', 'transient', rejected],
  ['4031', 'connection-lost', 'transient', { countsAgainstBreaker: false }],
  ['1317 1028', 'cancelled', 'cancelled'],
  ['1158 1159 1160 1161 2006 2013 2055', 'connection-lost', 'system'],
  ['2002 2003 2005', 'connect', 'system', notSent],
  ['1153', 'invalid', 'persistent', rejected],
  ['1062 1169 1216 1217 1451 1452 1048 1557 1586 3819 4025', 'constraint', 'persistent', rejected],
]);

/** The first two characters of a SQLSTATE. */
const classes = rows('mysql.class', manual, [
  ['08', 'connection-lost', 'system'],
  ['40', 'conflict', 'transient', lost],
  ['23', 'constraint', 'persistent', rejected],
  ['28', 'auth', 'persistent', rejected],
]);

const readOnly = row('mysql.1290.read-only', 'unavailable', 'system', manual, rejected);
const answered = row('mysql.other', 'invalid', 'persistent', manual, rejected);

/** Errors of the drivers themselves. */
const driverCodes = rows('mysql', drivers, [
  ['PROTOCOL_CONNECTION_LOST', 'connection-lost', 'system'],
  ['PROTOCOL_SEQUENCE_TIMEOUT', 'timeout', 'transient'],
  ['PROTOCOL_PACKETS_OUT_OF_ORDER', 'connection-lost', 'system'],
  ['PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR', 'connection-lost', 'system', notSent],
  ['PROTOCOL_ENQUEUE_AFTER_QUIT PROTOCOL_ENQUEUE_HANDSHAKE_TWICE POOL_CLOSED', 'programmer', 'persistent', notSent],
  ['POOL_CONNLIMIT POOL_ENQUEUELIMIT POOL_NOEXIST POOL_NONEONLINE', 'connections', 'system', notSent],
  ['HANDSHAKE_NO_SSL_SUPPORT HANDSHAKE_SSL_ERROR', 'tls', 'persistent', notSent],
]);

const connectorCodes = rows('mariadb', 'mariadb-connector-nodejs lib/misc/errors.js', [
  [
    'ER_CMD_CONNECTION_CLOSED ER_CONNECTION_ALREADY_CLOSED ER_SOCKET_BAD_PORT ER_SOCKET_DESTROYED ER_SOCKET_NOT_WRITABLE ER_SOCKET_CREATION_FAIL',
    'connect',
    'system',
    notSent,
  ],
  ['ER_CONNECTION_TIMEOUT', 'timeout', 'system', notSent],
  ['ER_GET_CONNECTION_TIMEOUT ER_CLUSTER_NO_NODES', 'connections', 'system', notSent],
  ['ER_SOCKET_UNEXPECTED_CLOSE ER_CMD_NOT_EXECUTED_DESTROYED', 'connection-lost', 'system'],
  ['ER_SOCKET_TIMEOUT ER_PING_TIMEOUT', 'timeout', 'system'],
  [
    'ER_POOL_ALREADY_CLOSED ER_POOL_NOT_INITIALIZED ER_POOL_UNDEFINED ER_MISSING_PARAMETER ER_PARAMETER_UNDEFINED ER_PLACEHOLDER_NO_MATCH ER_UNDEFINED_SQL ER_BATCH_WITH_NO_VALUES ER_NOT_IMPLEMENTED_FORMAT ER_BAD_PARAMETER_VALUE',
    'programmer',
    'persistent',
    notSent,
  ],
]);

/** mysql2 has messages without codes. */
export const mysqlWords: readonly (readonly [RegExp, Row])[] = [
  [
    /^Can't add new command when connection is in closed state/,
    row('mysql2.closed', 'connection-lost', 'system', drivers, notSent),
  ],
  [/^(Queue limit reached|No connections available)\.$/, row('mysql2.pool', 'connections', 'system', drivers, notSent)],
];

/** MySQL and MariaDB through any driver. */
export function mysqlRule(error: unknown): Found | undefined {
  const code = readText(error, 'code') ?? '';
  const number = readNumber(error, 'errno');
  const state = readText(error, 'sqlState') ?? readText(error, 'sqlstate');
  const isAnswer = number !== undefined && number > 0 && (state !== undefined || /^(ER|CR)_/.test(code));
  if (isAnswer) {
    // MariaDB's connector numbers its own errors from 45000.
    const own = number >= 45_000 && number < 46_000 ? connectorCodes.get(code) : undefined;
    if (own !== undefined) return { row: own, rank: evidence.driver };
    return { row: byNumber(number, state, readText(error, 'message') ?? ''), rank: evidence.driver };
  }
  const found = driverCodes.get(code);
  return found && { row: found, rank: evidence.driver };
}

/** The rows of the table. */
export const mysqlRows: readonly Row[] = [
  ...numbers.values(),
  ...classes.values(),
  readOnly,
  answered,
  ...driverCodes.values(),
  ...connectorCodes.values(),
  ...mysqlWords.map(([, found]) => found),
];

/** The meaning of an error number of the server. */
export function byNumber(number: number, state: string | undefined, message: string): Row {
  if (number === 1290) return /read[-_]only/i.test(message) ? readOnly : answered;
  return numbers.get(String(number)) ?? classes.get(state?.slice(0, 2) ?? '') ?? answered;
}
