/** Members of each kind of field error, beyond the cases of the corpus: another client, another place, another code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify, type Classification } from '../index.ts';

/** class, retryable (R), counted (B), reached the server, known not to be applied */
function verdictOf(error: unknown): string {
  const { class: kind, retryable, countsAgainstBreaker, reachedServer, applied } = classify(error);
  return `${kind} ${retryable ? 'R' : '-'}${countsAgainstBreaker ? 'B' : '-'} ${reachedServer}${applied === 'no' ? ' undone' : ''}`;
}

interface Shape {
  readonly name?: string;
  /** Name of the constructor, where `name` stays `Error`. */
  readonly of?: string;
  readonly message?: string;
  readonly [property: string]: unknown;
}

function thrown({ name, of, message = 'x', ...properties }: Shape): Error {
  const Class = of === undefined ? Error : ({ [of]: class extends Error {} }[of] ?? Error);
  const error = new Class(message);
  if (name !== undefined) Object.defineProperty(error, 'name', { value: name });
  return Object.assign(error, properties);
}

const refused = (): Error =>
  thrown({ code: 'ECONNREFUSED', syscall: 'connect', message: 'connect ECONNREFUSED 10.0.0.1:80' });
const reset = (): Error => thrown({ code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' });
const deadlock = (): Error => thrown({ name: 'error', of: 'DatabaseError', code: '40P01', severity: 'ERROR' });
const adapter = (cause: object): Error => thrown({ name: 'DriverAdapterError', cause });
const prisma = (code: string, cause: object): Error =>
  thrown({ name: 'PrismaClientKnownRequestError', code, meta: { driverAdapterError: adapter(cause) } });
const aws = (name: string, httpStatusCode: number): Error =>
  thrown({ name, $fault: 'client', $metadata: { httpStatusCode } });

function expectAll(kind: string, expected: string, errors: readonly unknown[]): void {
  for (const error of errors) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
    test(`${kind}: ${message.slice(0, 90)} ${codeOf(error)}`, () => assert.equal(verdictOf(error), expected));
  }
}

function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return code === undefined ? '' : `(${String(code)})`;
}

const asTypeErrors = (messages: readonly string[]): TypeError[] => messages.map((message) => new TypeError(message));

expectAll('F8', 'transient RB maybe', [
  ...asTypeErrors([
    'Network connection lost.',
    'Load failed (api.example.com)',
    ' A network error occurred.',
    'NetworkError when attempting to fetch resource. (api.example.com)',
    'Failed to fetch (api.example.com:8443)',
    'Network request failed',
    'The network connection was lost.',
    'fetch failed',
    'network error',
    'TypeError: Failed to fetch',
    'Importing a module script failed.',
    'Failed to fetch dynamically imported module: https://example.com/b.js',
    'error sending request for url (http://x/): client error (SendRequest): connection closed before message completed',
  ]),
  new Error('Network connection lost.'),
  thrown({ message: 'Network connection lost.', retryable: true }),
  thrown({ code: 'ConnectionClosed' }),
  new SyntaxError(`Unexpected token '<', "<!DOCTYPE "... is not valid JSON`),
  new SyntaxError("JSON Parse error: Unrecognized token '<'"),
  new SyntaxError('Unexpected token < in JSON at position 0'),
]);
expectAll('F8: words that somebody hands on prove nothing', 'transient RB maybe', [
  new Error('Could not connect to the server.'),
  new Error('upstream says: client error (Connect): tcp connect error'),
]);
expectAll('F8', 'transient RB yes', asTypeErrors(['terminated', 'error reading a body from connection: end of file']));
expectAll('F8', 'transient RB no undone', [
  ...asTypeErrors([
    'error sending request for url (http://x/): client error (Connect): tcp connect error: Connection refused',
    'Unable to connect. Is the computer able to access the url?',
    'Could not connect to the server.',
    'A server with the specified hostname could not be found.',
  ]),
  thrown({ code: 'ConnectionRefused' }),
  thrown({ code: 'FailedToOpenSocket' }),
]);
expectAll(
  'F8',
  'persistent -- no undone',
  asTypeErrors([
    'Fetch failed: Requests to port 1 are blocked',
    'Request with GET/HEAD method cannot have body.',
    'Failed to parse URL from foo',
    'Invalid URL',
  ]),
);
expectAll('F8: a mistake stays one', 'persistent -- maybe', [
  ...asTypeErrors([
    "Cannot read properties of undefined (reading 'network')",
    'undefined is not a function',
    'fetch is not a function',
    'Failed to load failed thing',
  ]),
  new SyntaxError('Unexpected end of JSON input'),
]);

const byCode = (codes: string): Error[] => codes.split(' ').map((code) => thrown({ code }));
expectAll(
  'TLS, handshake',
  'persistent -- no undone',
  byCode(
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ERR_SSL_NO_SHARED_CIPHER ERR_SSL_CERTIFICATE_VERIFY_FAILED ERR_SSL_UNSUPPORTED_PROTOCOL CERT_HAS_EXPIRED ERR_SSL_HTTP_REQUEST ERR_TLS_INVALID_PROTOCOL_VERSION',
  ),
);
expectAll(
  'TLS, under way',
  'transient RB maybe',
  byCode(
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC ERR_SSL_UNEXPECTED_EOF_WHILE_READING ERR_SSL_BAD_DECRYPT ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR ERR_SSL_PACKET_LENGTH_TOO_LONG EPROTO',
  ),
);

for (const place of 'cause originalError original parent sourceError chainedError error lastError innerError exception'.split(
  ' ',
)) {
  expectAll(`wrapped in ${place}`, 'transient RB no undone', [thrown({ [place]: refused() })]);
  expectAll(`wrapped in ${place}`, 'transient R- yes undone', [thrown({ [place]: deadlock() })]);
}
expectAll('wrapped', 'transient R- yes undone', [
  prisma('P2010', { originalCode: '40001', kind: 'postgres' }),
  prisma('P2039', { originalCode: '1213', kind: 'mysql', state: '40001' }),
  thrown({ name: 'MultiError', errors: [deadlock()] }),
]);
expectAll('wrapped', 'system RB no undone', [
  adapter({ kind: 'DatabaseNotReachable' }),
  thrown({ name: 'NoHostAvailableError', innerErrors: { a: refused(), b: refused() } }),
]);
expectAll('wrapped, and one of them may have arrived', 'system RB maybe', [
  thrown({ name: 'NoHostAvailableError', innerErrors: { a: refused(), b: reset() } }),
]);

expectAll('invented status', 'cancelled -- maybe', [
  Object.assign(new DOMException('This operation was aborted', 'AbortError'), { status: 500 }),
]);
expectAll('left-over status', 'transient RB maybe', [
  thrown({ name: 'ReadError', code: 'ECONNRESET', response: { statusCode: 200, headers: {} } }),
]);
expectAll('a gateway around a refused connection', 'transient RB maybe', [
  ...[502, 503, 504].map((status) => thrown({ status, cause: refused() })),
  thrown({ name: 'InternalServerErrorException', status: 500, response: { statusCode: 500 }, cause: refused() }),
]);
expectAll('408 of a framework', 'transient RB yes', [
  thrown({ name: 'RequestTimeoutException', status: 408, response: { statusCode: 408 } }),
  thrown({ name: 'RequestTimeoutError', status: 408, statusCode: 408, headers: {} }),
]);

expectAll('codes collide', 'persistent -- no undone', [thrown({ name: 'NatsError', code: 'CONNECTION_CLOSED' })]);
expectAll('codes collide', 'system RB maybe', [
  thrown({ code: 'CONNECTION_CLOSED', errno: 'CONNECTION_CLOSED', message: 'write CONNECTION_CLOSED db:5432' }),
]);
expectAll('codes collide', 'transient RB maybe', [thrown({ name: 'FooError', code: 'CONNECTION_CLOSED' })]);

expectAll('the hint is in the body', 'transient R- yes undone', [
  thrown({ of: 'ApiError', code: 403, errors: [{ reason: 'userRateLimitExceeded' }] }),
  thrown({
    name: 'HttpError',
    status: 403,
    response: { status: 403 },
    message: 'You have triggered an abuse detection mechanism.',
  }),
  thrown({ code: 'slack_webapi_platform_error', data: { error: 'rate_limited' } }),
  thrown({ name: 'DatabaseError', status: 400, body: { code: 'RESOURCE_EXHAUSTED' } }),
  thrown({ name: 'MongoServerError', code: 16_500 }),
  ...'ThrottlingException KmsThrottled EC2ThrottledException OperationAborted TransactionConflictException'
    .split(' ')
    .map((name) => aws(name, 400)),
]);
expectAll('the hint is in the body', 'persistent -- yes undone', [
  aws('KMSDisabledException', 502),
  aws('ConditionalCheckFailedException', 400),
  thrown({ code: 'slack_webapi_platform_error', data: { error: 'channel_not_found' } }),
]);

expectAll('text is not at the beginning', 'system RB maybe', [
  new Error('select * from "x" where id = $1 - Connection terminated unexpectedly'),
]);
expectAll('an inner timeout', 'transient RB maybe', [
  thrown({ code: 'TimeoutError', cause: thrown({ name: 'AbortError', type: 'aborted' }) }),
  thrown({ of: 'APIConnectionTimeoutError', message: 'Request took too long.' }),
]);

test('bad input opens no breaker: numbers of protocols, tokens, settings, misuse of mappers', () => {
  const errors: readonly Shape[] = [
    { name: 'InvalidCredentialsError', code: 49, message: 'Invalid Credentials Code: 0x31' },
    { code: 2, message: 'No such file' },
    { of: 'FTPError', code: 530, message: '530 Login incorrect' },
    { of: 'ClickHouseError', code: '62', type: 'SYNTAX_ERROR' },
    { name: 'JsonWebTokenError', message: 'jwt malformed' },
    { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' },
    { code: 'EMSGSIZE', syscall: 'send' },
    { message: 'Neither apiKey nor config.authenticator provided' },
    { message: 'Missing API key. Pass it to the constructor `new Resend("re_123")`' },
    { message: 'supabaseUrl is required.' },
    { name: 'EntityMetadataNotFoundError', message: 'No metadata for "X" was found.' },
    { name: 'MissingSchemaError' },
    { name: 'UnrecoverableError' },
    { retryable: false },
    { isRetryable: false },
  ];
  for (const shape of errors) assert.match(verdictOf(thrown(shape)), /^persistent --/, JSON.stringify(shape));
});

test('connections of databases that only a constructor, a sentence or a neighbour tells are the system’s', () => {
  const errors: readonly Shape[] = [
    { of: 'ConnectionError', code: 'ETIMEOUT', message: 'Failed to connect to db:1433 in 15000ms' },
    { name: 'MongooseError', message: 'Operation `a.b()` buffering timed out after 10000ms' },
    { message: 'None of startup nodes is available' },
    { name: 'Neo4jError', code: 'ServiceUnavailable', retriable: true },
    { name: 'SqlError', errno: 45_028, sqlState: 'HY000', code: 'ER_GET_CONNECTION_TIMEOUT' },
    { code: 'PGRST000', details: 'x', hint: null },
  ];
  for (const shape of errors) assert.match(verdictOf(thrown(shape)), /^system RB/, JSON.stringify(shape));
});

test('a plain object is PostgreSQL’s by its neighbours', () => {
  const neighbours = { details: null, hint: null, message: 'x' };

  assert.equal(verdictOf({ code: '40001', ...neighbours }), 'transient R- yes undone');
  assert.equal(verdictOf({ code: '23505', ...neighbours }), 'persistent -- yes undone');
  assert.notEqual(classify({ code: '23505', message: 'x' }).rule, 'postgres.class-23');
});

test('the author’s yes is evidence; his no outweighs it, and says nothing against evidence that somebody is unwell', () => {
  const author = (shape: Shape): Classification => classify(thrown(shape));

  assert.equal(author({ retriable: true }).rule, 'author.retryable');
  assert.equal(author({ cause: thrown({ retryable: false }) }).rule, 'author.not-retryable');
  assert.equal(author({ cause: thrown({ retryable: false, code: 'ECONNRESET' }) }).rule, 'node.ECONNRESET');
  assert.equal(author({ statusCode: 409, isRetryable: true, responseHeaders: {} }).retryable, true);
  const lost = author({ code: 'ECONNRESET', syscall: 'read', retryable: false });
  assert.deepEqual([lost.retryable, lost.countsAgainstBreaker], [false, true]);
});

test('closed by us: what is used afterwards was not sent, what was under way may have been', () => {
  assert.equal(verdictOf(thrown({ code: 'UND_ERR_CLOSED' })), 'persistent -- no undone');
  assert.equal(verdictOf(thrown({ code: 'UND_ERR_DESTROYED' })), 'persistent -- maybe');
  assert.equal(verdictOf(thrown({ of: 'ClientClosedError' })), 'persistent -- no undone');
  assert.equal(verdictOf(thrown({ of: 'DisconnectsClientError' })), 'persistent -- maybe');
});
