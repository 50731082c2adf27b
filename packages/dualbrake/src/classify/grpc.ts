import { read, readNumber, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, type Found, type Row } from './rule.ts';

const spec = 'gRPC status codes; AIP-194; gRPC A6 client retries';

const statuses = rows('grpc', spec, [
  ['1', 'cancelled', 'cancelled'],
  ['2', 'server-error', 'persistent', { countsAgainstBreaker: true }],
  ['3 11', 'invalid', 'persistent', rejected],
  ['4', 'timeout', 'transient'],
  ['5', 'not-found', 'persistent', rejected],
  ['6', 'conflict', 'persistent', rejected],
  ['7 16', 'auth', 'persistent', rejected],
  ['8', 'rate-limit', 'transient', lost],
  ['9', 'precondition', 'persistent', rejected],
  ['10', 'conflict', 'transient', lost],
  ['12', 'unsupported', 'persistent', rejected],
  ['13', 'server-error', 'persistent', { countsAgainstBreaker: true, reachedServer: 'yes' }],
  ['14', 'unavailable', 'transient'],
  ['15', 'corruption', 'system', { retryable: false, reachedServer: 'yes' }],
]);

/** With these messages, the same number has another meaning. */
const worded: readonly (readonly [status: number, words: RegExp, found: Row])[] = [
  [4, /Waiting for LB pick/, row('grpc.4.not-sent', 'timeout', 'transient', spec, notSent)],
  [
    8,
    /message larger than max/i,
    row('grpc.8.size', 'invalid', 'persistent', 'grpc-js max-message-size', { reachedServer: 'yes' }),
  ],
  [13, /RST_STREAM/, row('grpc.13.stream', 'connection-lost', 'transient', spec)],
  [
    14,
    /No connection established|Name resolution failed|failed to connect to all addresses|Stream refused by server/,
    row('grpc.14.not-sent', 'connect', 'transient', spec, notSent),
  ],
];

/** `14 UNAVAILABLE: text`, the start of the messages of gRPC clients. */
const grammar = /^(\d{1,2}) [A-Z_]{4,20}: /;

/** gRPC statuses. A number alone proves nothing, so the accompanying properties must be present. */
export function grpcRule(error: unknown): Found | undefined {
  const status = readNumber(error, 'code');
  if (status === undefined || !Number.isInteger(status) || status < 1 || status > 16) return undefined;
  const details = readText(error, 'details');
  const message = readText(error, 'message') ?? '';
  const isGrpc =
    (details !== undefined && typeof read(read(error, 'metadata'), 'get') === 'function') ||
    grammar.exec(message)?.[1] === String(status) ||
    readText(error, 'name') === 'ConnectError';
  if (!isGrpc) return undefined;
  const special = worded.find(([number, words]) => number === status && words.test(details ?? message));
  const found = special?.[2] ?? statuses.get(String(status));
  return found && { row: found, rank: evidence.driver };
}

/** The server's pushback: a delay in milliseconds, or `false` for "do not retry". @see gRPC A6 */
export function pushback(error: unknown): number | false | undefined {
  const metadata = read(error, 'metadata');
  const get = read(metadata, 'get');
  if (typeof get !== 'function') return undefined;
  let said: unknown;
  try {
    const values: unknown = Reflect.apply(get, metadata, ['grpc-retry-pushback-ms']);
    said = Array.isArray(values) ? values[0] : values;
  } catch {
    return undefined;
  }
  if (said === undefined || said === null) return undefined;
  return typeof said === 'string' && /^\d{1,12}$/.test(said) ? Number(said) : false;
}

/** The rows of the table. */
export const grpcRows: readonly Row[] = [...statuses.values(), ...worded.map(([, , found]) => found)];
