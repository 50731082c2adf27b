/** Brokers: Kafka, NATS, AMQP, MQTT, BullMQ. */
import { readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, type Row } from '../rule.ts';
import { at, client, isNamed, type Client, type Thrown } from './client.ts';
import type { ClientGroup } from './provide.ts';

const kafkaSource = 'Kafka protocol guide: error codes; KafkaJS src/errors.js';
const natsSource = 'nats.js v2 nats-base-client/core.ts; v3 core/src/errors.ts; NATS JetStream API errors';
const amqpSource = 'AMQP 0-9-1: reply codes';
const mqttSource = 'MQTT 3.1.1 section 3.2.2.3; MQTT 5.0 section 2.4; MQTT.js';
const answered = { reachedServer: 'yes' } as const;

const kafkaNever = row('kafka.not-retriable', 'invalid', 'persistent', kafkaSource, answered);
const kafkaPassing = row('kafka.retriable', 'unavailable', 'transient', kafkaSource);
const kafkaRefused = row('kafka.refused-by-client', 'invalid', 'persistent', kafkaSource, notSent);

const kafkaProtocol = client(
  'kafka',
  kafkaSource,
  [
    [
      'LEADER_NOT_AVAILABLE NOT_LEADER_FOR_PARTITION NOT_LEADER_OR_FOLLOWER REPLICA_NOT_AVAILABLE BROKER_NOT_AVAILABLE GROUP_LOAD_IN_PROGRESS COORDINATOR_LOAD_IN_PROGRESS GROUP_COORDINATOR_NOT_AVAILABLE COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR_FOR_GROUP NOT_COORDINATOR NOT_CONTROLLER NOT_ENOUGH_REPLICAS UNKNOWN_TOPIC_OR_PARTITION UNKNOWN_TOPIC_ID FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH LISTENER_NOT_FOUND ELIGIBLE_LEADERS_NOT_AVAILABLE PREFERRED_LEADER_NOT_AVAILABLE OFFSET_NOT_AVAILABLE UNSTABLE_OFFSET_COMMIT FETCH_SESSION_ID_NOT_FOUND INVALID_FETCH_SESSION_EPOCH',
      'unavailable',
      'transient',
      rejected,
    ],
    [
      'REBALANCE_IN_PROGRESS CONCURRENT_TRANSACTIONS ILLEGAL_GENERATION UNKNOWN_MEMBER_ID MEMBER_ID_REQUIRED',
      'conflict',
      'transient',
      lost,
    ],
    ['THROTTLING_QUOTA_EXCEEDED', 'rate-limit', 'transient', lost],
    ['CORRUPT_MESSAGE', 'connection-lost', 'transient', rejected],
    ['KAFKA_STORAGE_ERROR', 'disk', 'transient', answered],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'unavailable', 'transient', answered],
    ['UNKNOWN', 'server-error', 'transient', answered],
    ['REQUEST_TIMED_OUT', 'timeout', 'transient'],
    ['NETWORK_EXCEPTION', 'connection-lost', 'transient'],
    ['SASL_AUTHENTICATION_FAILED UNSUPPORTED_SASL_MECHANISM ILLEGAL_SASL_STATE', 'auth', 'persistent', notSent],
    [
      'TOPIC_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED TRANSACTIONAL_ID_AUTHORIZATION_FAILED DELEGATION_TOKEN_AUTHORIZATION_FAILED SECURITY_DISABLED',
      'auth',
      'persistent',
      rejected,
    ],
    [
      'MESSAGE_TOO_LARGE RECORD_LIST_TOO_LARGE INVALID_TOPIC_EXCEPTION INVALID_REQUIRED_ACKS INVALID_TIMESTAMP INVALID_REQUEST INVALID_CONFIG INVALID_PARTITIONS INVALID_REPLICATION_FACTOR INVALID_REPLICA_ASSIGNMENT INVALID_SESSION_TIMEOUT INVALID_RECORD UNSUPPORTED_VERSION UNSUPPORTED_FOR_MESSAGE_FORMAT UNSUPPORTED_COMPRESSION_TYPE TOPIC_ALREADY_EXISTS POLICY_VIOLATION OFFSET_OUT_OF_RANGE OFFSET_METADATA_TOO_LARGE INVALID_GROUP_ID GROUP_ID_NOT_FOUND NON_EMPTY_GROUP FENCED_INSTANCE_ID INVALID_PRODUCER_EPOCH PRODUCER_FENCED INVALID_TXN_STATE OUT_OF_ORDER_SEQUENCE_NUMBER',
      'invalid',
      'persistent',
      rejected,
    ],
  ],
  ({ name, error }) => (name === 'KafkaJSProtocolError' ? readText(error, 'type') : undefined),
);

const kafkaClasses = client(
  'kafka',
  kafkaSource,
  [
    ['KafkaJSConnectionClosedError KafkaJSConnectionError', 'connection-lost', 'transient'],
    ['KafkaJSRequestTimeoutError KafkaJSTimeout', 'timeout', 'transient'],
    ['KafkaJSLockTimeout', 'timeout', 'transient', { ...notSent, scope: 'local' }],
    ['KafkaJSBrokerNotFound KafkaJSGroupCoordinatorNotFound KafkaJSMetadataNotLoaded', 'unavailable', 'transient'],
    ['KafkaJSSASLAuthenticationError', 'auth', 'persistent', notSent],
    ['KafkaJSServerDoesNotSupportApiKey KafkaJSNotImplemented', 'unsupported', 'persistent', notSent],
  ],
  ({ name }) => (name.startsWith('KafkaJS') ? name : undefined),
);

const kafka: Client = {
  rows: [...kafkaProtocol.rows, ...kafkaClasses.rows, kafkaNever, kafkaPassing, kafkaRefused],
  judge(thrown) {
    const { name, error, code } = thrown;
    if (!name.startsWith('KafkaJS')) return undefined;
    // The system error is more specific than the client's.
    if (name === 'KafkaJSConnectionError' && typeof code === 'string') return undefined;
    // An error about exhausted retries has the underlying error as its cause.
    if (name.startsWith('KafkaJSNumberOfRetriesExceeded')) return undefined;
    const found = kafkaProtocol.judge(thrown) ?? kafkaClasses.judge(thrown);
    if (found !== undefined) return found;
    if (at(error, 'retriable') === true) return kafkaPassing;
    // Non-retryable responses of the broker are protocol errors; everything else is rejected before anything is sent.
    const isOwn = name === 'KafkaJSNonRetriableError' && at(error, 'cause') === undefined;
    return isOwn && /^(Invalid|Missing|The |Cannot|Must)/.test(thrown.message) ? kafkaRefused : kafkaNever;
  },
};

/** librdkafka: codes of the broker are positive numbers, those of the client are negative. */
const rdkafka = client(
  'rdkafka',
  'librdkafka src/rdkafka.h: rd_kafka_resp_err_t',
  [
    ['-195 -187 -193', 'connection-lost', 'transient'],
    ['-185 -192 -184 7', 'timeout', 'transient'],
    ['-190 -188', 'not-found', 'persistent', rejected],
    ['-169 29 30 31', 'auth', 'persistent', rejected],
    ['58 33', 'auth', 'persistent', notSent],
    ['3 5 6 8 14 15 16 19', 'unavailable', 'transient', rejected],
    ['22 25 27', 'conflict', 'transient', lost],
    ['10 17 18', 'invalid', 'persistent', rejected],
    ['-186', 'invalid', 'persistent', notSent],
  ],
  ({ code, name, of }) =>
    /^(LibrdKafkaError|KafkaError)$/.test(of || name) && typeof code === 'number' ? code : undefined,
);

const natsCodes = client(
  'nats',
  natsSource,
  [
    [
      'CONNECTION_CLOSED CONNECTION_DRAINING SUB_CLOSED SUB_DRAINING BAD_PAYLOAD BAD_SUBJECT BAD_HEADER BAD_JSON BAD_CREDS INVALID_OPTION INVALID_PAYLOAD MAX_PAYLOAD_EXCEEDED NOT_FUNC SERVER_OPT_NA WSS_REQUIRED ClosedConnectionError DrainingConnectionError InvalidSubjectError InvalidArgumentError InvalidOperationError',
      'programmer',
      'persistent',
      notSent,
    ],
    ['CONNECTION_REFUSED', 'connect', 'transient', notSent],
    ['CONNECTION_TIMEOUT', 'timeout', 'transient', notSent],
    ['DISCONNECT NATS_PROTOCOL_ERR IDLE_HEARTBEAT ProtocolError', 'connection-lost', 'transient'],
    ['TIMEOUT 408', 'timeout', 'transient'],
    ['503 NoRespondersError', 'unavailable', 'transient', notSent],
    [
      'BAD_AUTHENTICATION AUTHORIZATION_VIOLATION AUTHENTICATION_EXPIRED AUTHENTICATION_TIMEOUT ACCOUNT_EXPIRED AuthorizationError UserAuthenticationExpiredError',
      'auth',
      'persistent',
      notSent,
    ],
    ['PERMISSIONS_VIOLATION PermissionViolationError', 'auth', 'persistent', rejected],
    ['CANCELLED', 'cancelled', 'cancelled'],
    ['404 StreamNotFoundError ConsumerNotFoundError', 'not-found', 'persistent', rejected],
    ['400 409', 'invalid', 'persistent', rejected],
    ['429', 'rate-limit', 'transient', lost],
    ['500', 'server-error', 'transient', answered],
  ],
  ({ name, of, code, error }) => {
    // JetStream responses have a status and their own number.
    const inside = readNumber(at(error, 'api_error'), 'code');
    if (inside !== undefined) return inside === 503 ? undefined : inside;
    if (name === 'NatsError') return typeof code === 'string' ? code : undefined;
    return natsClasses.test(name) ? name : natsClasses.test(of) ? of : undefined;
  },
);
const natsClasses =
  /^(ClosedConnection|DrainingConnection|NoResponders|PermissionViolation|StreamNotFound|ConsumerNotFound|UserAuthenticationExpired|InvalidSubject)Error$/;
const jetStreamUnavailable = row('nats.api-503', 'unavailable', 'transient', natsSource, rejected);
const nats: Client = {
  rows: [...natsCodes.rows, jetStreamUnavailable],
  judge: (thrown) =>
    natsCodes.judge(thrown) ?? (at(thrown.error, 'api_error', 'code') === 503 ? jetStreamUnavailable : undefined),
};

const amqpRefused = row('amqp.handshake', 'auth', 'persistent', amqpSource, notSent);
const amqp = client(
  'amqp',
  amqpSource,
  [
    ['320 541', 'unavailable', 'transient'],
    ['506', 'overloaded', 'system', rejected],
    ['311 312 313 402 404 405 406 501 502 503 504 505 530 540', 'invalid', 'persistent', rejected],
    ['403', 'auth', 'persistent', rejected],
  ],
  ({ error, code, message }) => {
    if (readNumber(error, 'classId') !== undefined && readNumber(error, 'methodId') !== undefined) return Number(code);
    return /^(?:Channel|Connection) closed(?: by server)?: (\d{3}) \([A-Z-]+\)/.exec(message)?.[1];
  },
);
const amqpHandshake: Client = {
  rows: [amqpRefused],
  judge: ({ message }) => (/^Handshake terminated by server: (403|530|402) /.test(message) ? amqpRefused : undefined),
};
const illegal: Client = client(
  'amqp',
  'amqplib lib/error.js',
  [['illegal-operation', 'programmer', 'persistent', notSent]],
  ({ name }) => (name === 'IllegalOperationError' ? 'illegal-operation' : undefined),
);

const mqtt = client(
  'mqtt',
  mqttSource,
  [
    ['3 136', 'unavailable', 'transient', notSent],
    ['137 139', 'overloaded', 'transient', rejected],
    ['1 2 132 133 140', 'configuration', 'persistent', notSent],
    ['4 5 134 138', 'auth', 'persistent', notSent],
    ['135 152', 'auth', 'persistent', rejected],
    ['128 131', 'server-error', 'transient', answered],
    ['141', 'timeout', 'transient'],
    ['145 142', 'conflict', 'transient', { ...answered, countsAgainstBreaker: false }],
    ['147 150 151 159', 'rate-limit', 'transient', lost],
    ['129 130 143 144 146 148 149 153 154 155 156 157 158 160 161 162', 'invalid', 'persistent', rejected],
  ],
  ({ name, of, code, message }) =>
    (name === 'ErrorWithReasonCode' || of === 'ErrorWithReasonCode' || message.startsWith('Connection refused: ')) &&
    typeof code === 'number'
      ? code
      : undefined,
);

const bullmq = client(
  'bullmq',
  'BullMQ src/classes/errors',
  [
    ['UnrecoverableError', 'invalid', 'persistent', { scope: 'request' }],
    [
      'DelayedError WaitingChildrenError WaitingError',
      'conflict',
      'transient',
      { countsAgainstBreaker: false, scope: 'request' },
    ],
  ],
  (thrown: Thrown) =>
    ['UnrecoverableError', 'DelayedError', 'WaitingChildrenError', 'WaitingError'].find((each) =>
      isNamed(thrown, each),
    ),
);

/** Broker clients with messages but no codes. */
const words: readonly (readonly [string | RegExp, Row])[] = [
  ['message nacked', row('amqp.nacked', 'server-error', 'transient', 'RabbitMQ: publisher confirms', answered)],
  [
    'socket closed abruptly during opening handshake',
    row('amqp.opening', 'connect', 'transient', 'amqplib lib/connection.js', notSent),
  ],
  ['heartbeat timeout', row('amqp.heartbeat', 'connection-lost', 'transient', 'amqplib lib/connection.js')],
  ['connack timeout', row('mqtt.connack', 'timeout', 'transient', mqttSource, notSent)],
  ['client disconnecting', row('mqtt.disconnecting', 'programmer', 'persistent', 'MQTT.js lib/client.ts')],
];

export const messaging: ClientGroup = {
  name: 'Brokers: Kafka, NATS, AMQP, MQTT',
  clients: [kafka, rdkafka, nats, amqp, amqpHandshake, illegal, mqtt, bullmq],
  spoken: [amqp, amqpHandshake],
  words,
};
