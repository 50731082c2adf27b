/** Errors of this machine: locks, queues, processes, files and compression; and the codes of other runtimes. */
import { read, readText } from '../safe-read.ts';
import { notSent, row, type Row } from '../rule.ts';
import { client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const answered = { reachedServer: 'yes' } as const;
/** A local resource that is in use at the moment. */
const held = { ...notSent, countsAgainstBreaker: false, scope: 'local' } as const;
const ours = { scope: 'request' } as const;

const programs = client(
  'child',
  'execa docs/errors.md; Node.js child_process',
  [
    ['timedOut', 'timeout', 'transient', { scope: 'local' }],
    ['isCanceled', 'cancelled', 'cancelled'],
    ['isMaxBuffer', 'programmer', 'persistent', ours],
  ],
  ({ error }) => ['timedOut', 'isCanceled', 'isMaxBuffer'].find((flag) => read(error, flag) === true),
);

const files = client(
  'file',
  'Node.js API: errors; proper-lockfile lib/lockfile.js',
  [
    ['ELOCKED', 'lock', 'transient', held],
    ['ENOTACQUIRED ERELEASED', 'programmer', 'persistent', notSent],
    ['ECOMPROMISED', 'lock', 'transient', { scope: 'local' }],
    ['ERR_DIR_CLOSED ERR_DIR_CONCURRENT_OPERATION', 'programmer', 'persistent', ours],
    ['compression', 'invalid', 'persistent', ours],
  ],
  ({ code }) =>
    typeof code === 'string'
      ? /^(ZSTD_error_|ERR_BROTLI_|ERR__ERROR_FORMAT_|ERR_ZLIB_)/.test(code)
        ? 'compression'
        : code
      : undefined,
);

/** Bun's fetch before 1.4, and Deno's classes. `no` if the name proves that there was no connection. */
const runtimes = client(
  'runtime',
  'Bun 1.3 src/http.zig; Deno ext/web/01_errors.js',
  [
    ['ConnectionRefused FailedToOpenSocket', 'connect', 'transient', notSent],
    ['DNSLookupFailed DNSResolveFailed', 'dns', 'transient', notSent],
    ['ConnectionTimeout', 'timeout', 'transient', notSent],
    [
      'ConnectionReset ConnectionClosed ConnectionAborted BrokenPipe UnexpectedEof NotConnected',
      'connection-lost',
      'transient',
    ],
    ['Timeout TimedOut', 'timeout', 'transient'],
    ['TLSUpgradeFailed', 'tls', 'persistent', notSent],
    [
      'InvalidHTTPResponse Malformed_HTTP_Response ResponseHeadersOverflow TooManyRedirects UnexpectedRedirect RedirectURLInvalid',
      'invalid',
      'persistent',
      answered,
    ],
    ['UnsupportedProxyProtocol', 'programmer', 'persistent', notSent],
    ['AddrInUse AddrNotAvailable', 'configuration', 'persistent', { ...notSent, scope: 'local' }],
    ['PermissionDenied NotCapable AlreadyExists BadResource', 'filesystem', 'persistent', ours],
  ],
  ({ code, name, error }) =>
    typeof code === 'string' ? code : code === undefined && read(error, 'errno') === undefined ? name : undefined,
);

const lambda = client(
  'lambda',
  'AWS Lambda: troubleshooting invocations',
  [
    ['Runtime.ExitError Runtime.OutOfMemory', 'memory', 'system', answered],
    ['Sandbox.Timedout Function.Timeout', 'timeout', 'transient', answered],
    [
      'Runtime.ImportModuleError Runtime.HandlerNotFound Runtime.UserCodeSyntaxError Runtime.MalformedHandlerName Runtime.InvalidEntrypoint',
      'programmer',
      'persistent',
      answered,
    ],
  ],
  ({ error }) =>
    /\bTask timed out after \d/.test(readText(error, 'errorMessage') ?? '')
      ? 'Sandbox.Timedout'
      : readText(error, 'errorType'),
);

/** Errors of Chromium's network stack: Playwright, Puppeteer, Electron. @see net/base/net_error_list.h */
const chromium = client(
  'net',
  'Chromium net/base/net_error_list.h; Firefox nsError.h',
  [
    [
      'CONNECTION_REFUSED PROXY_CONNECTION_REFUSED OFFLINE ADDRESS_UNREACHABLE INTERNET_DISCONNECTED PROXY_CONNECTION_FAILED TUNNEL_CONNECTION_FAILED CONNECTION_FAILED SOCKS_CONNECTION_FAILED',
      'connect',
      'transient',
      notSent,
    ],
    ['CONNECTION_TIMED_OUT', 'timeout', 'transient', notSent],
    [
      'NAME_NOT_RESOLVED UNKNOWN_HOST UNKNOWN_PROXY_HOST NAME_RESOLUTION_FAILED DNS_TIMED_OUT DNS_SERVER_FAILED',
      'dns',
      'transient',
      notSent,
    ],
    ['TIMED_OUT NET_TIMEOUT', 'timeout', 'transient'],
    [
      'CONNECTION_RESET NET_RESET NET_INTERRUPT NET_PARTIAL_TRANSFER CONNECTION_CLOSED CONNECTION_ABORTED EMPTY_RESPONSE NETWORK_CHANGED NETWORK_IO_SUSPENDED SOCKET_NOT_CONNECTED HTTP2_PROTOCOL_ERROR HTTP2_PING_FAILED QUIC_PROTOCOL_ERROR FAILED CONTENT_LENGTH_MISMATCH INCOMPLETE_CHUNKED_ENCODING',
      'connection-lost',
      'transient',
    ],
    ['HTTP2_SERVER_REFUSED_STREAM', 'connect', 'transient', { ...notSent, countsAgainstBreaker: false }],
    ['ABORTED', 'cancelled', 'cancelled'],
    [
      'CERT_AUTHORITY_INVALID CERT_COMMON_NAME_INVALID CERT_DATE_INVALID CERT_INVALID CERT_REVOKED CERT_WEAK_SIGNATURE_ALGORITHM CERT_CONTAINS_ERRORS CERT_NO_REVOCATION_MECHANISM SSL_PROTOCOL_ERROR SSL_VERSION_OR_CIPHER_MISMATCH SSL_CLIENT_AUTH_CERT_NEEDED BAD_SSL_CLIENT_AUTH_CERT SSL_PINNED_KEY_NOT_IN_CERT_CHAIN',
      'tls',
      'persistent',
      notSent,
    ],
    [
      'UNSAFE_PORT INVALID_URL UNKNOWN_URL_SCHEME DISALLOWED_URL_SCHEME BLOCKED_BY_CLIENT BLOCKED_BY_CSP BLOCKED_BY_ADMINISTRATOR ACCESS_DENIED FILE_NOT_FOUND',
      'invalid',
      'persistent',
      notSent,
    ],
    [
      'TOO_MANY_REDIRECTS INVALID_RESPONSE INVALID_HTTP_RESPONSE BLOCKED_BY_RESPONSE RESPONSE_HEADERS_TOO_BIG CONTENT_DECODING_FAILED',
      'invalid',
      'persistent',
      answered,
    ],
    ['INSUFFICIENT_RESOURCES OUT_OF_MEMORY', 'memory', 'system', { scope: 'local' }],
  ],
  ({ message }) => /\b(?:net::ERR|NS_ERROR)_([A-Z0-9_]+)/.exec(message)?.[1],
);

/** Errors of locks and queues, by exact messages. */
const words: readonly (readonly [string | RegExp, Row])[] = [
  [
    'timeout while waiting for mutex to become available',
    row('lock.timeout', 'timeout', 'transient', 'async-mutex src/errors.ts', { ...notSent, scope: 'local' }),
  ],
  ['mutex already locked', row('lock.held', 'lock', 'transient', 'async-mutex src/errors.ts', held)],
  ['request for lock canceled', row('lock.cancelled', 'cancelled', 'cancelled', 'async-mutex src/errors.ts', notSent)],
  [
    /^Task queue is at limit$|^Max queue size of \d+ reached$/,
    row('queue.full', 'overloaded', 'transient', 'piscina src/errors.ts; workerpool', { ...notSent, scope: 'local' }),
  ],
  [
    /\bstrict mode violation\b|\bcannot navigate to invalid url\b|\bexecutable doesn't exist at\b/,
    row('browser.misuse', 'programmer', 'persistent', 'Playwright: errors', { scope: 'request' }),
  ],
  [
    /\b(Target page, context or browser|Target|Page|Browser) (has been )?closed$|\bpage crashed\b|\bexecution context was destroyed\b/i,
    row('browser.closed', 'connection-lost', 'transient', 'Playwright: TargetClosedError', { scope: 'local' }),
  ],
];

export const local: ClientGroup = {
  name: 'This machine, and other runtimes',
  clients: [programs, files, runtimes, lambda, chromium],
  spoken: [chromium],
  words,
};
