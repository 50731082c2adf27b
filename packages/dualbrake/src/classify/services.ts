import { constructorName, read, readNumber, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, type Found, type Row } from './rule.ts';

const graphqlSource = 'Apollo Server: built-in error codes';
const firebaseSource = 'Firebase Authentication error codes';
const kafkaSource = 'KafkaJS src/errors.js';
const amqpSource = 'AMQP 0-9-1: reply codes';

const graphql = rows('graphql', graphqlSource, [
  ['UNAUTHENTICATED FORBIDDEN', 'auth', 'persistent', rejected],
  [
    'BAD_USER_INPUT BAD_REQUEST GRAPHQL_PARSE_FAILED GRAPHQL_VALIDATION_FAILED PERSISTED_QUERY_NOT_FOUND PERSISTED_QUERY_NOT_SUPPORTED OPERATION_RESOLUTION_FAILURE',
    'invalid',
    'persistent',
    rejected,
  ],
  ['INTERNAL_SERVER_ERROR', 'server-error', 'transient', { reachedServer: 'yes' }],
  ['RATE_LIMITED TOO_MANY_REQUESTS THROTTLED', 'rate-limit', 'transient', lost],
]);

/** A 429 that is a bill: waiting does not pay it. */
const unpaid = row('openai.quota', 'quota', 'persistent', 'OpenAI help 5955604: insufficient_quota', rejected);
const signature = row('stripe.signature', 'auth', 'persistent', 'stripe-node src/Webhooks.ts', notSent);
const firebaseLimit = row('firebase.too-many-requests', 'rate-limit', 'transient', firebaseSource, lost);
const firebaseNetwork = row('firebase.network', 'connection-lost', 'transient', firebaseSource);
const firebaseServer = row('firebase.internal', 'server-error', 'transient', firebaseSource);
const firebaseOther = row('firebase.other', 'invalid', 'persistent', firebaseSource, rejected);
const slack = rows('slack', 'Slack web-api errors', [
  ['slack_webapi_rate_limited_error', 'rate-limit', 'transient', lost],
  ['slack_webapi_platform_error', 'invalid', 'persistent', rejected],
]);
const illegal = row('amqp.illegal-operation', 'programmer', 'persistent', 'amqplib lib/error.js', notSent);
const unparsable = row('azure.PARSE_ERROR', 'invalid', 'persistent', '@azure/core-rest-pipeline', {
  reachedServer: 'yes',
});
/** Another library's breaker or bulkhead, further in: nothing was sent, and it says nothing about the dependency itself. */
const refusals = rows('refusal', 'opossum lib/circuit.js; cockatiel src/errors', [
  [
    'EOPENBREAKER ESEMLOCKED BrokenCircuitError IsolatedCircuitError BulkheadRejectedError',
    'refused',
    'transient',
    { ...notSent, countsAgainstBreaker: false },
  ],
]);
const cosmosConflict = row('cosmos.449', 'conflict', 'transient', 'Azure Cosmos DB: HTTP status codes', lost);
const cosmosLimit = row('cosmos.429', 'rate-limit', 'transient', 'Azure Cosmos DB: HTTP status codes', lost);
const kafkaNever = row('kafka.not-retriable', 'invalid', 'persistent', kafkaSource, { reachedServer: 'yes' });
const kafkaPassing = row('kafka.retriable', 'unavailable', 'transient', kafkaSource);
const google = row('google.rate-limit', 'rate-limit', 'transient', 'Google API errors: usageLimits', lost);

const amqp = rows('amqp', amqpSource, [
  ['320 541', 'unavailable', 'transient'],
  ['506', 'overloaded', 'system', rejected],
  ['311 312 313 402 404 405 406 501 502 503 504 505 530 540', 'invalid', 'persistent', rejected],
  ['403', 'auth', 'persistent', rejected],
]);

/** Services that say more, or something else, than their status. */
export function servicesRule(error: unknown): Found | undefined {
  const found = byCode(error) ?? byName(error);
  return found && { row: found, rank: evidence.driver };
}

/** The tables, for people to read. */
export const servicesRows: readonly Row[] = [
  ...graphql.values(),
  unpaid,
  signature,
  firebaseLimit,
  firebaseNetwork,
  firebaseServer,
  firebaseOther,
  cosmosConflict,
  cosmosLimit,
  kafkaNever,
  kafkaPassing,
  google,
  ...amqp.values(),
  ...slack.values(),
  ...refusals.values(),
  illegal,
  unparsable,
];

function byCode(error: unknown): Row | undefined {
  const code = readText(error, 'code') ?? readText(read(error, 'error'), 'code') ?? '';
  if (/^(insufficient_quota|billing_hard_limit_reached|\w*spend_limit_exceeded)$/.test(code)) return unpaid;
  const refusal = refusals.get(code) ?? refusals.get(constructorName(error) ?? '');
  if (refusal !== undefined) return refusal;
  if (code.startsWith('slack_')) return slack.get(code);
  if (code === 'PARSE_ERROR' && readText(error, 'name') === 'RestError') return unparsable;
  if (code.startsWith('auth/')) return byFirebase(code);
  const inside = readText(read(error, 'extensions'), 'code');
  if (inside !== undefined) return graphql.get(inside);
  const number = readNumber(error, 'code');
  if (number === undefined) return undefined;
  if (readNumber(error, 'classId') !== undefined && readNumber(error, 'methodId') !== undefined)
    return amqp.get(String(number));
  if (number === 449) return cosmosConflict;
  return number === 429 && constructorName(error) === 'ErrorResponse' ? cosmosLimit : undefined;
}

function byFirebase(code: string): Row {
  if (code === 'auth/too-many-requests' || code === 'auth/quota-exceeded') return firebaseLimit;
  if (code === 'auth/network-request-failed' || code === 'auth/timeout') return firebaseNetwork;
  return code === 'auth/internal-error' ? firebaseServer : firebaseOther;
}

function byName(error: unknown): Row | undefined {
  const name = readText(error, 'name') ?? '';
  if (name.startsWith('KafkaJS')) {
    // One that has given up says so of itself; what it gave up on is its cause.
    if (read(error, 'retriable') === true) return kafkaPassing;
    return name === 'KafkaJSNumberOfRetriesExceeded' ? undefined : kafkaNever;
  }
  if ((readText(error, 'type') ?? constructorName(error)) === 'StripeSignatureVerificationError') return signature;
  if (name === 'IllegalOperationError') return illegal;
  return hasGoogleLimit(error) ? google : undefined;
}

/** `{ errors: [{ reason: 'userRateLimitExceeded' }] }`, with a 403. */
function hasGoogleLimit(error: unknown): boolean {
  const errors = read(error, 'errors') ?? read(read(error, 'error'), 'errors');
  if (!Array.isArray(errors)) return false;
  return /^(userR|r)ateLimitExceeded$/.test(readText((errors as unknown[])[0], 'reason') ?? '');
}
