import { constructorName, read, readNumber, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, stuck, type Found, type Row } from './rule.ts';

const mssqlSource = 'SQL Server database engine errors; tedious lib/errors.js; mssql lib/error';
const oracleSource = 'Oracle database error messages; node-oracledb lib/errors.js';
const elasticSource = 'Elasticsearch REST API; @elastic/transport errors';

const mssql = rows('mssql', mssqlSource, [
  ['1205 1222 3960 3961 41302 41305 41325 41839', 'conflict', 'transient', lost],
  ['40501 49918 49919 49920 10928 10929', 'overloaded', 'system', rejected],
  ['40613 4221 4060 17142 18401', 'unavailable', 'system', notSent],
  // A failover in the middle of a request.
  ['40197 40143 40540 926', 'unavailable', 'system'],
  ['17809 10936', 'connections', 'system', notSent],
  ['701 802 8645 8651', 'memory', 'system', rejected],
  ['1105 9002 823 824 825 5149 3257', 'disk', 'system', { ...rejected, ...stuck }],
  ['-2', 'timeout', 'transient'],
  ['18456 18452 18470 18486 18487 18488', 'auth', 'persistent', notSent],
  ['2627 2601 547 515 8152 2628', 'constraint', 'persistent', rejected],
]);
const mssqlAnswer = row('mssql.other', 'invalid', 'persistent', mssqlSource, rejected);
const mssqlCodes = rows('mssql', mssqlSource, [
  ['ELOGIN EINSTLOOKUP EDRIVER EALREADYCONNECTED EALREADYCONNECTING', 'auth', 'persistent', notSent],
  ['ENOCONN ENOTOPEN ECONNCLOSED', 'connect', 'system', notSent],
  ['ESOCKET', 'connection-lost', 'system'],
  ['ECANCEL', 'cancelled', 'cancelled'],
  ['EABORT', 'conflict', 'transient', lost],
]);
const mssqlConnect = row('mssql.ETIMEOUT.connect', 'timeout', 'system', mssqlSource, notSent);
const mssqlQuery = row('mssql.ETIMEOUT', 'timeout', 'transient', mssqlSource);

const oracle = rows('oracle', oracleSource, [
  ['ORA-00060 ORA-08177 ORA-00054 ORA-30006 ORA-01555', 'conflict', 'transient', lost],
  [
    'ORA-12541 ORA-12514 ORA-12505 ORA-12545 ORA-12543 NJS-503 NJS-511 NJS-516 NJS-517 NJS-518 NJS-530',
    'connect',
    'system',
    notSent,
  ],
  ['ORA-12170 NJS-510 NJS-040', 'timeout', 'system', notSent],
  ['ORA-01033 ORA-01090', 'unavailable', 'system', notSent],
  // A shutdown also interrupts sessions with running statements.
  ['ORA-01034 ORA-01089', 'unavailable', 'system'],
  ['ORA-00018 ORA-00020 ORA-12516 ORA-12519 ORA-12520 NJS-076', 'connections', 'system', notSent],
  [
    'ORA-03113 ORA-03114 ORA-03135 ORA-01012 ORA-00028 ORA-12537 ORA-12547 ORA-25408 NJS-500 NJS-501 NJS-003 NJS-521 DPI-1010 DPI-1080',
    'connection-lost',
    'system',
  ],
  ['ORA-04031 ORA-04030', 'memory', 'system', rejected],
  ['ORA-01653 ORA-01654 ORA-01688 ORA-01536 ORA-19809 ORA-01110', 'disk', 'system', { ...rejected, ...stuck }],
  ['ORA-01013', 'cancelled', 'cancelled'],
  ['ORA-03136 DPI-1067 NJS-123', 'timeout', 'transient'],
  ['ORA-01017 ORA-28000 ORA-28001', 'auth', 'persistent', notSent],
  ['ORA-00001 ORA-02290 ORA-02291 ORA-02292 ORA-01400', 'constraint', 'persistent', rejected],
]);
const oracleAnswer = row('oracle.other', 'invalid', 'persistent', oracleSource, rejected);
/** Numbers of the driver itself, for requests that it rejects. */
const oracleDriver = row('oracle.driver', 'programmer', 'persistent', oracleSource, notSent);
const oracleRecoverable = row('oracle.recoverable', 'connection-lost', 'system', oracleSource);

const elastic = rows('elastic', elasticSource, [
  ['NoLivingConnectionsError ConnectionError', 'connection-lost', 'transient'],
]);
const floodStage = row('elastic.flood-stage', 'disk', 'system', elasticSource, { ...rejected, ...stuck });

/** SQL Server, Oracle and Elasticsearch. */
export function moreDatabasesRule(error: unknown): Found | undefined {
  const found = byMssql(error) ?? byOracle(error) ?? byElastic(error);
  return found && { row: found, rank: evidence.driver };
}

/** The rows of the table. */
export const moreDatabasesRows: readonly Row[] = [
  ...mssql.values(),
  mssqlAnswer,
  ...mssqlCodes.values(),
  mssqlConnect,
  mssqlQuery,
  ...oracle.values(),
  oracleAnswer,
  oracleDriver,
  oracleRecoverable,
  ...elastic.values(),
  floodStage,
];

const mssqlNames = new Set(['RequestError', 'ConnectionError', 'TransactionError', 'PreparedStatementError']);

/** got and Elasticsearch also have a `RequestError` and a `ConnectionError`, but without a number and with other codes. */
function byMssql(error: unknown): Row | undefined {
  // tedious keeps the name `Error`; only the constructor identifies it.
  const own = readText(error, 'name') ?? '';
  const name = own === 'Error' ? (constructorName(error) ?? '') : own;
  if (!mssqlNames.has(name)) return undefined;
  const number = readNumber(error, 'number');
  if (number !== undefined) return mssql.get(String(number)) ?? mssqlAnswer;
  const code = readText(error, 'code') ?? '';
  if (code === 'ETIMEOUT') return name === 'ConnectionError' ? mssqlConnect : mssqlQuery;
  return mssqlCodes.get(code);
}

function byOracle(error: unknown): Row | undefined {
  // Older drivers have a number, and the code only in the message.
  const [worded] = /^ORA-\d{5}(?=:)/.exec(readText(error, 'message') ?? '') ?? [];
  const code = readText(error, 'code') ?? (readNumber(error, 'errorNum') === undefined ? undefined : worded) ?? '';
  if (!/^(ORA|NJS|DPI)-\d{3,5}$/.test(code)) return undefined;
  const found = oracle.get(code);
  if (found !== undefined) return found;
  if (read(error, 'isRecoverable') === true) return oracleRecoverable;
  return code.startsWith('NJS-') ? oracleDriver : oracleAnswer;
}

function byElastic(error: unknown): Row | undefined {
  const name = readText(error, 'name') ?? '';
  const meta = read(error, 'meta');
  if (meta === undefined) return undefined;
  if (name === 'ResponseError' && /flood-stage|flood_stage/.test(readText(error, 'message') ?? '')) return floodStage;
  // The message of the system is more specific than the client's class name.
  if (name === 'ConnectionError' && /^(connect|getaddrinfo) E[A-Z_]+ /.test(readText(error, 'message') ?? ''))
    return undefined;
  return elastic.get(name);
}
