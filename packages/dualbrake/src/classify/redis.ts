import { constructorName, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, stuck, type Found, type Row } from './rule.ts';

const source = 'redis/redis src/*.c: shared error replies';
const clients = 'node-redis @redis/client lib/errors.ts; ioredis lib/redis';

/** By the first word of an error reply. The whole word: BUSYKEY is not BUSY. */
const tokens = rows('redis', source, [
  ['LOADING BUSY MASTERDOWN CLUSTERDOWN READONLY NOREPLICAS OOM NOMASTERLINK', 'unavailable', 'system', rejected],
  ['MISCONF', 'disk', 'system', { ...rejected, ...stuck }],
  ['TRYAGAIN UNBLOCKED INPROG', 'conflict', 'transient', lost],
  ['NOAUTH WRONGPASS NOPERM DENIED', 'auth', 'persistent', rejected],
]);
const tooManyClients = row('redis.max-clients', 'connections', 'system', source, notSent);
const answered = row('redis.other', 'invalid', 'persistent', source, rejected);

/** Errors of the clients themselves, by class name. */
const classes = rows('redis', clients, [
  ['ClientClosedError', 'programmer', 'persistent', notSent],
  // Rejects the commands that were waiting for their replies.
  ['DisconnectsClientError', 'programmer', 'persistent'],
  ['ClientOfflineError ConnectionTimeoutError', 'connect', 'system', notSent],
  ['SocketClosedUnexpectedlyError SocketTimeoutError ReconnectStrategyError', 'connection-lost', 'system'],
  ['CommandTimeoutError SocketTimeoutDuringMaintenanceError', 'timeout', 'transient'],
  ['WatchError', 'conflict', 'transient', lost],
  ['MaxRetriesPerRequestError ClusterAllFailedError', 'connection-lost', 'system'],
]);

/** ioredis has messages without codes. */
export const redisWords: readonly (readonly [RegExp, Row])[] = [
  [
    /^Stream isn't writeable and enableOfflineQueue options is false/,
    row('ioredis.offline', 'connect', 'system', clients, notSent),
  ],
  [/^Command timed out$/, row('ioredis.timeout', 'timeout', 'transient', clients)],
  [/^Connection is closed\.$/, row('ioredis.closed', 'connection-lost', 'system', clients)],
];

/** Upstash: the reply of Redis, followed by the command. */
const replies = new Set(['ReplyError', 'SimpleError', 'BlobError', 'ErrorReply', 'UpstashError']);

/** Error replies of Redis and Valkey, and errors of node-redis and ioredis. */
export function redisRule(error: unknown): Found | undefined {
  const name = readText(error, 'name') ?? '';
  const ofClass = constructorName(error) ?? '';
  const message = readText(error, 'message') ?? '';
  if (replies.has(name) || replies.has(ofClass)) return { row: byReply(message), rank: evidence.driver };
  const client = classes.get(name) ?? classes.get(ofClass);
  return client && { row: client, rank: evidence.driver };
}

/** The rows of the table. */
export const redisRows: readonly Row[] = [
  ...tokens.values(),
  tooManyClients,
  answered,
  ...classes.values(),
  ...redisWords.map(([, found]) => found),
];

function byReply(message: string): Row {
  if (message.startsWith('ERR max number of clients')) return tooManyClients;
  const [token = ''] = message.split(' ', 1);
  return tokens.get(token) ?? answered;
}
