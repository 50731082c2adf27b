/** Web APIs whose errors are more specific than their status, or differ from it. */
import { readList, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row } from '../rule.ts';
import { at, client, type Client, type Thrown } from './client.ts';
import type { ClientGroup } from './provide.ts';

const answered = { reachedServer: 'yes' } as const;

/** A 429 for an exhausted quota or credit, which waiting doesn't resolve. */
const unpaid = row('openai.quota', 'quota', 'persistent', 'OpenAI help 5955604: insufficient_quota', rejected);
const unpaidCodes =
  /^(insufficient_quota|billing_hard_limit_reached|billing_not_active|\w*spend_limit_exceeded|credit_balance_too_low|billing_error)$/;
const billing: Client = {
  rows: [unpaid],
  judge({ error, name, code }) {
    // Resend.
    if (/^(daily|monthly)_quota_exceeded$/.test(name)) return unpaid;
    const said =
      typeof code === 'string' && code !== ''
        ? code
        : (readText(at(error, 'error'), 'code') ?? readText(error, 'type'));
    return said !== undefined && unpaidCodes.test(said) ? unpaid : undefined;
  },
};

/** The reason is in the body and takes precedence over the status 403 or 429. @see Google APIs: global domain errors */
const google = client(
  'google',
  'Google APIs: usageLimits and global domain errors; google.rpc.ErrorInfo',
  [
    [
      'rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED concurrentLimitExceeded servingLimitExceeded sharingRateLimitExceeded',
      'rate-limit',
      'transient',
      lost,
    ],
    [
      'quotaExceeded dailyLimitExceeded dailyLimitExceededUnreg variableTermLimitExceeded insufficientQuota billingNotEnabled BILLING_DISABLED',
      'quota',
      'persistent',
      rejected,
    ],
    [
      'accessNotConfigured SERVICE_DISABLED API_KEY_INVALID keyInvalid keyExpired ipRefererBlocked API_KEY_SERVICE_BLOCKED',
      'auth',
      'persistent',
      rejected,
    ],
  ],
  ({ error }) => {
    const places = [
      error,
      at(error, 'error'),
      at(error, 'response', 'data', 'error'),
      at(error, 'response', 'body', 'error'),
      at(error, 'cause'),
    ];
    for (const place of places) {
      const [first] = readList(place, 'errors', 1);
      const reason =
        readText(first, 'reason') ??
        readText(
          readList(place, 'details', 5).find((each) => at(each, 'reason') !== undefined),
          'reason',
        );
      if (reason !== undefined) return reason;
    }
    return undefined;
  },
);

const slack = client(
  'slack',
  'Slack Web API: errors and warnings of methods',
  [
    [
      'ratelimited rate_limited message_limit_exceeded slack_webapi_rate_limited_error',
      'rate-limit',
      'transient',
      lost,
    ],
    ['internal_error fatal_error', 'server-error', 'transient', answered],
    [
      'service_unavailable team_added_to_org request_timeout external_channel_migrating',
      'unavailable',
      'transient',
      answered,
    ],
    [
      'accesslimited invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission ekm_access_denied',
      'auth',
      'persistent',
      rejected,
    ],
    ['slack_webapi_platform_error', 'invalid', 'persistent', rejected],
  ],
  ({ error, code }) => {
    if (code === 'slack_webapi_platform_error') {
      const said = readText(at(error, 'data'), 'error') ?? '';
      return slackCodes.test(said) ? said : code;
    }
    return code === 'slack_webapi_rate_limited_error' ? code : undefined;
  },
);
const slackCodes =
  /^(ratelimited|rate_limited|message_limit_exceeded|internal_error|fatal_error|service_unavailable|team_added_to_org|request_timeout|external_channel_migrating|accesslimited|invalid_auth|not_authed|account_inactive|token_revoked|token_expired|missing_scope|no_permission|ekm_access_denied)$/;

/** A limit that GitHub only reports in the message. */
const githubLimit = row('github.secondary-limit', 'rate-limit', 'transient', 'GitHub REST API: rate limits', lost);
const github: Client = {
  rows: [githubLimit],
  judge: ({ error, message }) =>
    at(error, 'status') === 403 &&
    /secondary rate limit|abuse detection mechanism|API rate limit exceeded/.test(message)
      ? githubLimit
      : undefined,
};

const graphql = client(
  'graphql',
  'Apollo Server: built-in error codes; GraphQL over HTTP; GitHub and Shopify GraphQL: error types',
  [
    ['UNAUTHENTICATED FORBIDDEN ACCESS_DENIED INSUFFICIENT_SCOPES', 'auth', 'persistent', rejected],
    [
      'BAD_USER_INPUT BAD_REQUEST GRAPHQL_PARSE_FAILED GRAPHQL_VALIDATION_FAILED PERSISTED_QUERY_NOT_FOUND PERSISTED_QUERY_NOT_SUPPORTED OPERATION_RESOLUTION_FAILURE MAX_COST_EXCEEDED MAX_NODE_LIMIT_EXCEEDED UNPROCESSABLE',
      'invalid',
      'persistent',
      rejected,
    ],
    ['NOT_FOUND', 'not-found', 'persistent', rejected],
    ['INTERNAL_SERVER_ERROR INTERNAL DOWNSTREAM_SERVICE_ERROR', 'server-error', 'transient', answered],
    ['SERVICE_UNAVAILABLE', 'unavailable', 'transient', answered],
    ['TIMEOUT GATEWAY_TIMEOUT', 'timeout', 'transient', answered],
    ['RATE_LIMITED RATE_LIMIT TOO_MANY_REQUESTS THROTTLED', 'rate-limit', 'transient', lost],
  ],
  ({ error }) => {
    const lists = [
      error,
      at(error, 'response'),
      at(error, 'result'),
      at(error, 'response', 'errors'),
      at(error, 'body', 'errors'),
    ];
    const own = readText(at(error, 'extensions'), 'code');
    if (own !== undefined) return own;
    for (const list of lists) {
      const [first] = [...readList(list, 'graphQLErrors', 1), ...readList(list, 'errors', 1)];
      const said = readText(at(first, 'extensions'), 'code') ?? graphqlType(first);
      if (said !== undefined) return said;
    }
    return undefined;
  },
);
/** Octokit's errors have a `type` and a `message`. Many others do, too, but their types start with a lower case letter. */
function graphqlType(error: unknown): string | undefined {
  const type = readText(error, 'type');
  return type !== undefined && /^[A-Z_]{5,}$/.test(type) ? type : undefined;
}
const graphqlFailed = row(
  'graphql.answered',
  'server-error',
  'transient',
  'GraphQL over HTTP: errors beside a 200',
  answered,
);
const graphqlAnswers: Client = {
  rows: [graphqlFailed],
  judge: ({ name, of }) => (name === 'GraphqlResponseError' || of === 'GraphqlQueryError' ? graphqlFailed : undefined),
};

const firebase = client(
  'firebase',
  'Firebase: error codes of Authentication, Firestore, Storage, Functions, Messaging',
  [
    [
      'too-many-requests quota-exceeded resource-exhausted message-rate-exceeded device-message-rate-exceeded topics-message-rate-exceeded',
      'rate-limit',
      'transient',
      lost,
    ],
    ['network-request-failed timeout network-timeout network-error app-offline', 'connection-lost', 'transient'],
    ['deadline-exceeded retry-limit-exceeded', 'timeout', 'transient'],
    [
      'internal-error internal unknown-error server-unavailable unavailable server-file-wrong-size',
      'server-error',
      'transient',
    ],
    ['aborted', 'conflict', 'transient', lost],
    ['cancelled canceled', 'cancelled', 'cancelled'],
    ['data-loss', 'corruption', 'system', { retryable: false, ...answered }],
    ['unknown', 'server-error', 'persistent', { countsAgainstBreaker: true }],
  ],
  ({ code }) => (typeof code === 'string' ? firebaseCode.exec(code)?.[2] : undefined),
  row('firebase.other', 'invalid', 'persistent', 'Firebase: error codes', rejected),
);
const firebaseCode = /^(auth|firestore|storage|functions|messaging|database|app-check|remote-config|app)\/([a-z-]+)$/;

const azure = client(
  'azure',
  'Azure SDK for JavaScript: @azure/identity, @azure/service-bus, @azure/event-hubs; Azure Cosmos DB: HTTP status codes',
  [
    [
      'CredentialUnavailableError AggregateAuthenticationError AuthenticationRequiredError',
      'auth',
      'persistent',
      notSent,
    ],
    // The status is that of the token service, not of the called service.
    ['AuthenticationError', 'auth', 'persistent'],
    ['ServiceBusy ServerBusyError', 'overloaded', 'transient', rejected],
    ['ServiceTimeout OperationTimeoutError', 'timeout', 'transient'],
    ['ServiceCommunicationProblem ServiceUnavailableError', 'connection-lost', 'transient'],
    ['SessionCannotBeLocked MessageLockLost SessionLockLost', 'conflict', 'persistent', answered],
    ['UnauthorizedAccess UnauthorizedError', 'auth', 'persistent', rejected],
    ['MessagingEntityNotFound MessagingEntityNotFoundError MessageNotFound', 'not-found', 'persistent', rejected],
    ['QuotaExceeded QuotaExceededError', 'quota', 'persistent', rejected],
    [
      'MessageSizeExceeded MessageTooLargeError MessagingEntityDisabled MessagingEntityAlreadyExists',
      'invalid',
      'persistent',
      rejected,
    ],
    ['408', 'timeout', 'transient', answered],
    ['410', 'unavailable', 'transient', answered],
    ['429', 'rate-limit', 'transient', lost],
    ['449', 'conflict', 'transient', lost],
    ['PARSE_ERROR', 'invalid', 'persistent', answered],
  ],
  (thrown) => {
    const { name, of, code, error } = thrown;
    if (/^(CredentialUnavailable|AggregateAuthentication|AuthenticationRequired)Error$/.test(name)) return name;
    if (name === 'AuthenticationError' && at(error, 'errorResponse') !== undefined) return name;
    if (/^(ServiceBusError|MessagingError)$/.test(name) && typeof code === 'string') return code;
    // Azure Cosmos DB.
    if (code === 449 || (of === 'ErrorResponse' && [408, 410, 429].includes(Number(code)))) return Number(code);
    return name === 'RestError' && code === 'PARSE_ERROR' ? code : undefined;
  },
);

const stripeSignature = client(
  'stripe',
  'stripe-node src/Webhooks.ts',
  [['signature', 'auth', 'persistent', notSent]],
  ({ error, of }) => ((readText(error, 'type') ?? of) === 'StripeSignatureVerificationError' ? 'signature' : undefined),
);

/** An inner breaker or bulkhead of another library: nothing was sent, and it says nothing about the dependency itself. */
const refusals = client(
  'refusal',
  'opossum lib/circuit.js; cockatiel src/errors',
  [
    [
      'EOPENBREAKER ESEMLOCKED BrokenCircuitError IsolatedCircuitError BulkheadRejectedError',
      'refused',
      'transient',
      { ...notSent, countsAgainstBreaker: false },
    ],
  ],
  ({ code, of }: Thrown) => (code === 'EOPENBREAKER' || code === 'ESEMLOCKED' ? code : of),
);

export const webApis: ClientGroup = {
  name: 'Interfaces on the web',
  clients: [billing, refusals, slack, azure, firebase, graphql, graphqlAnswers, google, github, stripeSignature],
  words: [],
};
