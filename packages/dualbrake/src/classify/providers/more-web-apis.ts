/** More web APIs: language models, blockchains, Salesforce, tRPC, Supabase. */
import { readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row } from '../rule.ts';
import { at, client, isNamed, type Client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const answered = { reachedServer: 'yes' } as const;

/** Language models: an error event in a stream that started with 200 has a type and no status. */
const modelStream = client(
  'model',
  'OpenAI and Anthropic API: error types',
  [
    ['server_error api_error internal_server_error', 'server-error', 'transient', answered],
    ['overloaded_error engine_overloaded', 'overloaded', 'transient', answered],
    ['timeout_error', 'timeout', 'transient', answered],
    ['rate_limit_error rate_limit_exceeded requests tokens', 'rate-limit', 'transient', lost],
    ['authentication_error permission_error', 'auth', 'persistent', rejected],
    ['not_found_error', 'not-found', 'persistent', rejected],
    ['invalid_request_error request_too_large', 'invalid', 'persistent', rejected],
  ],
  ({ error, of, name }) => {
    if (!/^(APIError|AnthropicError|OpenAIError)$/.test(of || name) || readNumber(error, 'status') !== undefined)
      return undefined;
    return (
      readText(error, 'type') ?? readText(at(error, 'error', 'error'), 'type') ?? readText(at(error, 'error'), 'type')
    );
  },
);
const modelClasses = client(
  'model',
  'openai-node src/core/error.ts; AI SDK packages/ai/src/error',
  [
    ['LengthFinishReasonError ContentFilterFinishReasonError', 'invalid', 'persistent', rejected],
    [
      'AI_LoadAPIKeyError AI_LoadSettingError AI_InvalidArgumentError AI_InvalidPromptError AI_InvalidMessageRoleError AI_MessageConversionError AI_UnsupportedFunctionalityError AI_UnsupportedModelVersionError AI_NoSuchModelError AI_NoSuchProviderError AI_NoSuchToolError AI_TooManyEmbeddingValuesForCallError',
      'configuration',
      'persistent',
      notSent,
    ],
    [
      'AI_NoObjectGeneratedError AI_NoOutputGeneratedError AI_NoContentGeneratedError AI_NoImageGeneratedError AI_TypeValidationError AI_JSONParseError AI_InvalidResponseDataError AI_EmptyResponseBodyError AI_InvalidToolInputError',
      'invalid',
      'persistent',
      answered,
    ],
  ],
  ({ name, of }) => (name.startsWith('AI_') ? name : of),
);

const salesforce = client(
  'salesforce',
  'Salesforce SOAP and REST API: status and exception codes',
  [
    ['UNABLE_TO_LOCK_ROW', 'conflict', 'transient', lost],
    ['REQUEST_LIMIT_EXCEEDED TXN_SECURITY_METERING_ERROR', 'rate-limit', 'transient', lost],
    ['SERVER_UNAVAILABLE SERVICE_UNAVAILABLE', 'unavailable', 'transient'],
    ['QUERY_TIMEOUT REQUEST_RUNNING_TOO_LONG', 'timeout', 'transient', answered],
    ['UNKNOWN_EXCEPTION PLATFORM_ERROR', 'server-error', 'transient', answered],
    [
      'INVALID_SESSION_ID INVALID_LOGIN INVALID_CLIENT INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY',
      'auth',
      'persistent',
      rejected,
    ],
    ['NOT_FOUND ENTITY_IS_DELETED', 'not-found', 'persistent', rejected],
  ],
  ({ error, name, of }) => {
    const code = readText(error, 'errorCode');
    return code !== undefined && (of === 'HttpApiError' || name === code) ? code : undefined;
  },
  row('salesforce.other', 'invalid', 'persistent', 'Salesforce: status codes', rejected),
);

const trpc = client(
  'trpc',
  'tRPC: error codes',
  [
    ['UNAUTHORIZED FORBIDDEN PAYMENT_REQUIRED', 'auth', 'persistent'],
    [
      'PARSE_ERROR BAD_REQUEST METHOD_NOT_SUPPORTED PRECONDITION_FAILED PAYLOAD_TOO_LARGE UNSUPPORTED_MEDIA_TYPE UNPROCESSABLE_CONTENT PRECONDITION_REQUIRED NOT_IMPLEMENTED',
      'invalid',
      'persistent',
    ],
    ['NOT_FOUND', 'not-found', 'persistent'],
    ['CONFLICT', 'conflict', 'persistent'],
    ['TIMEOUT GATEWAY_TIMEOUT', 'timeout', 'transient'],
    ['TOO_MANY_REQUESTS', 'rate-limit', 'transient', { countsAgainstBreaker: false }],
    ['CLIENT_CLOSED_REQUEST', 'cancelled', 'cancelled'],
    ['BAD_GATEWAY SERVICE_UNAVAILABLE', 'unavailable', 'transient'],
  ],
  ({ name, code }) => (name === 'TRPCError' && typeof code === 'string' ? code : undefined),
);

/** Blockchains and others: only JSON-RPC uses these numbers. */
const jsonRpcSource = 'JSON-RPC 2.0 section 5.1; EIP-1474; EIP-1193';
const jsonRpc = client(
  'json-rpc',
  jsonRpcSource,
  [
    ['-32005', 'rate-limit', 'transient', lost],
    ['-32603 -32002 -32000', 'server-error', 'transient', answered],
    ['-32600 -32601 -32602 -32700 -32001 -32003 -32004 -32006', 'invalid', 'persistent', rejected],
    ['3', 'invalid', 'persistent', rejected],
  ],
  ({ error, code }) => {
    // tRPC also has these numbers, together with the status.
    if (at(error, 'data', 'httpStatus') !== undefined || at(error, 'shape') !== undefined) return undefined;
    for (const said of [
      code,
      at(error, 'error', 'code'),
      at(error, 'info', 'error', 'code'),
      at(error, 'cause', 'code'),
    ])
      if (typeof said === 'number' && said <= -32_000 && said >= -32_768) return said;
    return at(error, 'info', 'error', 'code') === 3 ? 3 : undefined;
  },
);
const ethers = client(
  'ethers',
  'ethers v6 src.ts/utils/errors.ts',
  [
    [
      'CALL_EXCEPTION INSUFFICIENT_FUNDS NONCE_EXPIRED REPLACEMENT_UNDERPRICED TRANSACTION_REPLACED UNCONFIGURED_NAME OFFCHAIN_FAULT',
      'invalid',
      'persistent',
      rejected,
    ],
    [
      'INVALID_ARGUMENT MISSING_ARGUMENT UNEXPECTED_ARGUMENT NUMERIC_FAULT VALUE_MISMATCH UNSUPPORTED_OPERATION NOT_IMPLEMENTED',
      'programmer',
      'persistent',
      notSent,
    ],
    ['BAD_DATA BUFFER_OVERRUN', 'invalid', 'persistent', answered],
    ['NETWORK_ERROR', 'connection-lost', 'transient'],
    ['TIMEOUT', 'timeout', 'transient'],
    ['ACTION_REJECTED CANCELLED', 'cancelled', 'cancelled'],
  ],
  ({ error, code }) => (typeof code === 'string' && readText(error, 'shortMessage') !== undefined ? code : undefined),
);
const ethersLimit = row('ethers.escalated-429', 'rate-limit', 'transient', 'ethers v6 src.ts/utils/fetch.ts', lost);
/** It reports a persistent 429 as "599 CLIENT ESCALATED SERVER ERROR (429 ...)". */
const ethersEscalated: Client = {
  rows: [ethersLimit],
  judge: ({ error }) => (/\(429\b/.test(readText(at(error, 'info'), 'responseStatus') ?? '') ? ethersLimit : undefined),
};

const wallets = client(
  'wallet',
  'EIP-1193: provider errors; viem errors/rpc.ts, errors/node.ts',
  [
    ['4001 5000', 'cancelled', 'cancelled'],
    ['4100 4200 4901 4902 5750', 'invalid', 'persistent', notSent],
    ['4900', 'connect', 'transient', notSent],
    ['ExecutionRevertedError ContractFunctionRevertedError 3', 'invalid', 'persistent', rejected],
  ],
  ({ name, code }) => {
    if (/^(ExecutionReverted|ContractFunctionReverted)Error$/.test(name)) return name;
    return /^(RpcRequestError|\w+RpcError|ProviderRpcError|UserRejectedRequestError)$/.test(name) &&
      typeof code === 'number'
      ? code
      : undefined;
  },
);

const supabase = client(
  'supabase',
  'supabase-js: auth, storage and functions errors',
  [
    ['AuthRetryableFetchError FunctionsFetchError FunctionsRelayError', 'connection-lost', 'transient'],
    [
      'AuthSessionMissingError AuthInvalidCredentialsError AuthInvalidTokenResponseError',
      'auth',
      'persistent',
      notSent,
    ],
  ],
  (thrown) => {
    const isFailing = isNamed(thrown, 'AuthRetryableFetchError') && Number(at(thrown.error, 'status')) >= 500;
    return isFailing ? undefined : thrown.name;
  },
);

export const moreWebApis: ClientGroup = {
  name: 'Models, JSON-RPC, Salesforce, tRPC, Supabase',
  clients: [salesforce, trpc, modelStream, modelClasses, ethersEscalated, ethers, jsonRpc, wallets, supabase],
  words: [],
};
