import { read, readList, readText } from './safe-read.ts';
import { evidence, lost, notSent, rejected, row, rows, type Found, type Row } from './rule.ts';

const smithy = 'smithy-typescript service-error-classification';
const dynamodb = 'DynamoDB API: TransactWriteItems';

/** By name, because throttling has the status 400. */
const names = rows('aws', smithy, [
  [
    'BandwidthLimitExceeded EC2ThrottledException LimitExceededException ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown ThrottledException Throttling ThrottlingException TooManyRequestsException',
    'rate-limit',
    'transient',
    lost,
  ],
  [
    'PriorRequestNotComplete TransactionInProgressException TransactionConflictException ConcurrentModificationException',
    'conflict',
    'transient',
    lost,
  ],
  ['RequestTimeout RequestTimeoutException', 'timeout', 'transient', rejected],
  ['IDPCommunicationError IDPCommunicationErrorException', 'unavailable', 'transient', rejected],
  [
    'RequestTimeTooSkewed RequestExpired RequestInTheFuture InvalidSignatureException SignatureDoesNotMatch AuthFailure UnrecognizedClientException ExpiredToken ExpiredTokenException',
    'auth',
    'persistent',
    rejected,
  ],
  ['CredentialsProviderError TokenProviderError', 'auth', 'persistent', notSent],
  // Errors of individual services, regardless of the status.
  [
    'EC2ThrottledException KmsThrottled KMS.ThrottlingException OverLimit ModelNotReadyException SlowDownException TransactionThrottledException ThrottledClientException',
    'rate-limit',
    'transient',
    lost,
  ],
  [
    'ReplicatedWriteConflictException TransactionConflict OperationAborted ConditionalRequestConflict ResourceConflictException SnapStartNotReadyException SnapStartException QueueDeletedRecently AWS.SimpleQueueService.QueueDeletedRecently',
    'conflict',
    'transient',
    lost,
  ],
  [
    'ModelErrorException ModelStreamErrorException InternalServerException',
    'server-error',
    'transient',
    { reachedServer: 'yes' },
  ],
  ['ModelTimeoutException', 'timeout', 'transient', { reachedServer: 'yes' }],
  [
    'EC2UnexpectedException EFSIOException EFSMountConnectivityException EFSMountTimeoutException ResourceNotReadyException',
    'unavailable',
    'transient',
    rejected,
  ],
  [
    'KMSAccessDeniedException EC2AccessDeniedException KmsAccessDenied KMSDisabledException KmsDisabled KMSInvalidStateException KmsInvalidState KMSNotFoundException KmsNotFound KmsOptInRequired KmsInvalidKeyUsage',
    'auth',
    'persistent',
    rejected,
  ],
  [
    'ENILimitReachedException SubnetIPAddressLimitReachedException EFSMountFailureException InvalidRuntimeException InvalidSecurityGroupIDException InvalidSubnetIDException InvalidZipFileException RecursiveInvocationException',
    'configuration',
    'persistent',
    rejected,
  ],
]);

const skewCorrected = row('aws.clock-skew-corrected', 'auth', 'transient', smithy, lost);
const throttled = row('aws.$retryable.throttling', 'rate-limit', 'transient', smithy, lost);
const marked = row('aws.$retryable', 'unavailable', 'transient', smithy, { reachedServer: 'yes' });
const conflict = row('aws.TransactionCanceled.conflict', 'conflict', 'transient', dynamodb, lost);
const cancelled = row('aws.TransactionCanceled', 'constraint', 'persistent', dynamodb, rejected);
const passing = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded', 'None']);

/** Errors of the AWS SDKs, of both versions. */
export function awsRule(error: unknown): Found | undefined {
  const metadata = read(error, '$metadata');
  const isThird = metadata !== undefined || readText(error, '$fault') !== undefined;
  const isSecond = readText(error, 'requestId') !== undefined && readText(error, 'code') !== undefined;
  if (!isThird && !isSecond) {
    const found = /^(Credentials|Token)ProviderError$/.test(readText(error, 'name') ?? '')
      ? names.get(readText(error, 'name') ?? '')
      : undefined;
    return found && { row: found, rank: evidence.driver };
  }
  const name = isThird ? readText(error, 'name') : readText(error, 'code');
  const found = byName(error, name ?? '', read(metadata, 'clockSkewCorrected') === true);
  return found && { row: found, rank: evidence.driver };
}

/** The rows of the table. */
export const awsRows: readonly Row[] = [...names.values(), skewCorrected, throttled, marked, conflict, cancelled];

function byName(error: unknown, name: string, isSkewCorrected: boolean): Row | undefined {
  if (name === 'TransactionCanceledException') {
    const reasons = readList(error, 'CancellationReasons', 100).map((reason) => readText(reason, 'Code') ?? 'None');
    return reasons.length > 0 && reasons.every((reason) => passing.has(reason)) ? conflict : cancelled;
  }
  const found = names.get(name);
  if (found?.verdict.kind === 'auth' && isSkewCorrected) return skewCorrected;
  if (found !== undefined) return found;
  const hint = read(error, '$retryable');
  if (typeof hint !== 'object' || hint === null) return undefined;
  return read(hint, 'throttling') === true ? throttled : marked;
}
