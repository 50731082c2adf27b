import { fetchFailed, fetchRows, terminated } from './fetch-texts.ts';
import { hintRows } from './hints.ts';
import { constructorName, readNumber, read, readText } from './safe-read.ts';
import { evidence, notSent, row, type Found, type Row } from './rule.ts';
import { byReason, handshake, tlsRows } from './tls.ts';

const libuv = 'libuv uv.h UV_ERRNO_MAP; Node.js errors: common system errors';
const cares = 'c-ares ares.h; getaddrinfo(3)';
const undici = 'undici lib/core/errors.js';
const nodeErrors = 'Node.js API: errors';
const openssl = 'Node.js crypto_common.cc: X509 codes; OpenSSL verify(1)';
const http2 = 'RFC 9113 section 8.7 and 7';

const persistentFile = { reachedServer: 'yes', applied: 'no', scope: 'request' } as const;
/** A bug may occur after the request was sent, so it doesn't prove that nothing arrived. */
const bug = { scope: 'request' } as const;
const localPressure = { ...notSent, scope: 'local' } as const;

function table(
  prefix: string,
  entries: readonly (readonly [codes: string, make: (rule: string) => Row])[],
): Map<string, Row> {
  return new Map(
    entries.flatMap(([codes, make]) => codes.split(' ').map((code) => [code, make(`${prefix}.${code}`)] as const)),
  );
}

/** Codes whose meaning does not depend on the system call. */
const codes = table('node', [
  ['ECONNREFUSED', (rule) => row(rule, 'connect', 'transient', libuv, notSent)],
  // A route can also be lost during an established connection.
  ['EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN', (rule) => row(rule, 'connect', 'transient', libuv)],
  ['ECONNRESET EPIPE ECONNABORTED ENOTCONN ESHUTDOWN', (rule) => row(rule, 'connection-lost', 'transient', libuv)],
  ['ETIMEDOUT ESOCKETTIMEDOUT ERR_SOCKET_TIMEOUT', (rule) => row(rule, 'timeout', 'transient', libuv)],
  [
    'EAI_AGAIN ESERVFAIL ETIMEOUT ENOTFOUND ECONNREFUSED_DNS EBADRESP',
    (rule) => row(rule, 'dns', 'transient', cares, notSent),
  ],
  [
    'EAI_FAIL EREFUSED ENODATA EBADNAME EBADQUERY EFORMERR ENOTIMP EBADFAMILY EBADSTR EBADFLAGS EBADHINTS ENONAME ENOTINITIALIZED EDESTRUCTION EAI_NONAME EAI_NODATA EAI_BADFLAGS EAI_FAMILY EAI_SERVICE',
    (rule) => row(rule, 'dns', 'persistent', cares, notSent),
  ],
  ['EAI_MEMORY', (rule) => row(rule, 'memory', 'system', cares, localPressure)],
  [
    'ERR_SOCKET_CONNECTION_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT',
    (rule) => row(rule, 'timeout', 'transient', nodeErrors, notSent),
  ],
  ['UND_ERR_CONNECT_TIMEOUT', (rule) => row(rule, 'timeout', 'transient', undici, notSent)],
  ['UND_ERR_HEADERS_TIMEOUT', (rule) => row(rule, 'timeout', 'transient', undici)],
  ['UND_ERR_BODY_TIMEOUT', (rule) => row(rule, 'timeout', 'transient', undici, { reachedServer: 'yes' })],
  [
    'ERR_SOCKET_BAD_PORT ERR_SOCKET_BAD_TYPE ERR_SOCKET_BAD_BUFFER_SIZE ERR_SOCKET_ALREADY_BOUND ERR_SOCKET_DGRAM_NOT_RUNNING ERR_SOCKET_DGRAM_IS_CONNECTED ERR_SOCKET_DGRAM_NOT_CONNECTED',
    (rule) => row(rule, 'programmer', 'persistent', nodeErrors, notSent),
  ],
  [
    'ERR_WORKER_PATH ERR_WORKER_UNSERIALIZABLE_ERROR ERR_WORKER_UNSUPPORTED_OPERATION ERR_WORKER_INVALID_EXEC_ARGV',
    (rule) => row(rule, 'programmer', 'persistent', nodeErrors, bug),
  ],
  ['ERR_SOCKET_CLOSED_BEFORE_CONNECTION', (rule) => row(rule, 'connect', 'transient', nodeErrors, notSent)],
  ['UND_ERR_PRX_TLS', (rule) => row(rule, 'connect', 'transient', undici, notSent)],
  ['UND_ERR_SOCKET', (rule) => row(rule, 'connection-lost', 'transient', undici)],
  [
    'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    (rule) => row(rule, 'connection-lost', 'transient', undici, { reachedServer: 'yes' }),
  ],
  ['UND_ERR_ABORTED', (rule) => row(rule, 'cancelled', 'cancelled', undici)],
  [
    'UND_ERR_INVALID_ARG UND_ERR_INVALID_RETURN_VALUE UND_ERR_NOT_SUPPORTED UND_ERR_BPL_MISSING_UPSTREAM UND_ERR_CLOSED',
    (rule) => row(rule, 'invalid', 'persistent', undici, notSent),
  ],
  // Reported to running operations as well as to later ones.
  ['UND_ERR_DESTROYED', (rule) => row(rule, 'invalid', 'persistent', undici)],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', (rule) => row(rule, 'invalid', 'persistent', undici)],
  [
    'UND_ERR_HEADERS_OVERFLOW UND_ERR_RES_EXCEEDED_MAX_SIZE',
    (rule) => row(rule, 'invalid', 'persistent', undici, { reachedServer: 'yes' }),
  ],
  [
    'ERR_HTTP2_GOAWAY_SESSION ERR_HTTP2_INVALID_SESSION',
    (rule) => row(rule, 'connect', 'transient', http2, { ...notSent, countsAgainstBreaker: false }),
  ],
  [
    'ERR_HTTP2_SESSION_ERROR ERR_HTTP2_PING_CANCEL ERR_SOCKET_CLOSED',
    (rule) => row(rule, 'connection-lost', 'transient', nodeErrors),
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', (rule) => row(rule, 'timeout', 'transient', nodeErrors)],
  ['ERR_HTTP2_STREAM_CANCEL', (rule) => row(rule, 'connection-lost', 'transient', http2)],
  ['ERR_CANCELED ABORT_ERR', (rule) => row(rule, 'cancelled', 'cancelled', nodeErrors)],
  [
    'ERR_STREAM_DESTROYED ERR_STREAM_WRITE_AFTER_END ERR_STREAM_ALREADY_FINISHED ERR_STREAM_NULL_VALUES ERR_STREAM_CANNOT_PIPE ERR_STREAM_UNABLE_TO_PIPE ERR_STREAM_PUSH_AFTER_EOF ERR_STREAM_UNSHIFT_AFTER_END_EVENT ERR_HTTP_HEADERS_SENT ERR_HTTP_INVALID_STATUS_CODE ERR_HTTP_TRAILER_INVALID ERR_HTTP_SOCKET_ASSIGNED ERR_SERVER_NOT_RUNNING ERR_SERVER_ALREADY_LISTEN ERR_HTTP2_INVALID_STREAM MODULE_NOT_FOUND',
    (rule) => row(rule, 'programmer', 'persistent', nodeErrors, bug),
  ],
  [
    'ERR_HTTP_CONTENT_LENGTH_MISMATCH ERR_READING_RESPONSE_STREAM',
    (rule) =>
      row(rule, 'connection-lost', 'transient', 'Node.js API: errors; got source/core/errors.ts', {
        reachedServer: 'yes',
      }),
  ],
  [
    'ERR_UNSUPPORTED_PROTOCOL ERR_INVALID_PROTOCOL ERR_INVALID_URL ERR_UNESCAPED_CHARACTERS ERR_INVALID_DOMAIN_NAME',
    (rule) => row(rule, 'programmer', 'persistent', nodeErrors, notSent),
  ],
  ['ERR_STREAM_PREMATURE_CLOSE', (rule) => row(rule, 'connection-lost', 'transient', nodeErrors)],
  ['ERR_BAD_RESPONSE', (rule) => row(rule, 'unavailable', 'transient', 'axios lib/core/AxiosError.js')],
  ['ERR_NETWORK', (rule) => row(rule, 'connection-lost', 'transient', 'axios lib/core/AxiosError.js')],
  [
    'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_REJECTED CERT_UNTRUSTED CERT_CHAIN_TOO_LONG CERT_SIGNATURE_FAILURE DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY CRL_SIGNATURE_FAILURE CRL_NOT_YET_VALID CRL_HAS_EXPIRED ERROR_IN_CERT_NOT_BEFORE_FIELD ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD INVALID_CA PATH_LENGTH_EXCEEDED INVALID_PURPOSE HOSTNAME_MISMATCH ERR_TLS_CERT_ALTNAME_INVALID',
    (rule) => row(rule, 'tls', 'persistent', openssl, notSent),
  ],
  ['OUT_OF_MEM', (rule) => row(rule, 'memory', 'system', openssl, localPressure)],
  ['EMFILE ENFILE', (rule) => row(rule, 'descriptors', 'system', libuv, localPressure)],
  [
    'ENOBUFS ENOMEM ERR_MEMORY_ALLOCATION_FAILED ERR_WORKER_INIT_FAILED',
    (rule) => row(rule, 'memory', 'system', nodeErrors, localPressure),
  ],
  [
    'ERR_WORKER_OUT_OF_MEMORY',
    (rule) => row(rule, 'memory', 'system', nodeErrors, { retryable: false, scope: 'local' }),
  ],
  ['ESTALE', (rule) => row(rule, 'disk', 'system', libuv, { scope: 'local' })],
  [
    'ENOSPC EDQUOT EROFS ENODEV ENXIO EREMOTEIO',
    (rule) => row(rule, 'disk', 'system', libuv, { retryable: false, scope: 'local' }),
  ],
  ['EIO', (rule) => row(rule, 'disk', 'system', libuv, { retryable: false, scope: 'local' })],
  [
    'EBUSY ETXTBSY EINTR EAGAIN EWOULDBLOCK',
    (rule) =>
      row(rule, 'lock', 'transient', 'Node.js fs.rm: retried codes', { countsAgainstBreaker: false, scope: 'local' }),
  ],
  [
    'ENOENT EEXIST EISDIR ENOTDIR ENOTEMPTY EACCES EPERM EINVAL ENAMETOOLONG ELOOP EXDEV EBADF ENOTSUP EOPNOTSUPP ENOSYS EFAULT ERANGE EMLINK',
    (rule) => row(rule, 'filesystem', 'persistent', libuv, persistentFile),
  ],
  [
    'EADDRINUSE EADDRNOTAVAIL',
    (rule) => row(rule, 'configuration', 'persistent', libuv, { ...notSent, scope: 'local' }),
  ],
  [
    'ERR_SCRIPT_EXECUTION_TIMEOUT ERR_BUFFER_OUT_OF_BOUNDS ERR_STRING_TOO_LONG ERR_BUFFER_TOO_LARGE ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
    (rule) => row(rule, 'programmer', 'persistent', nodeErrors, bug),
  ],
  [
    'Z_DATA_ERROR Z_BUF_ERROR Z_STREAM_ERROR Z_VERSION_ERROR Z_NEED_DICT',
    (rule) => row(rule, 'invalid', 'persistent', 'zlib manual', bug),
  ],
  [
    'ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_BAD_REQUEST ERR_NOT_SUPPORT',
    (rule) => row(rule, 'programmer', 'persistent', 'axios lib/core/AxiosError.js', bug),
  ],
  [
    'ERR_FR_TOO_MANY_REDIRECTS ERR_TOO_MANY_REDIRECTS',
    (rule) => row(rule, 'invalid', 'persistent', 'follow-redirects index.js', { reachedServer: 'yes' }),
  ],
  ['UND_ERR_MAX_ORIGINS_REACHED', (rule) => row(rule, 'invalid', 'persistent', undici, notSent)],
  ['EFBIG', (rule) => row(rule, 'filesystem', 'persistent', libuv, { reachedServer: 'yes', scope: 'request' })],
  [
    'EAFNOSUPPORT EPROTONOSUPPORT EPROTOTYPE EMSGSIZE EDESTADDRREQ ENOTSOCK ENOPROTOOPT',
    (rule) => row(rule, 'configuration', 'persistent', libuv, notSent),
  ],
  ['ECANCELLED ECANCELED', (rule) => row(rule, 'cancelled', 'cancelled', cares)],
]);

/** The same code means something else while a connection is being made: nothing has been sent. */
const connecting = table('node.connect', [
  [
    'ECONNRESET EPIPE ECONNABORTED EHOSTUNREACH ENETUNREACH ENETDOWN EHOSTDOWN',
    (rule) => row(rule, 'connect', 'transient', libuv, notSent),
  ],
  ['ETIMEDOUT', (rule) => row(rule, 'timeout', 'transient', libuv, notSent)],
  [
    'ENOENT EAGAIN',
    (rule) =>
      row(rule, 'connect', 'transient', 'unix(7): a socket file that is missing is a daemon that is down', notSent),
  ],
  [
    'EADDRINUSE EADDRNOTAVAIL EMFILE ENFILE ENOBUFS ENOMEM',
    (rule) => row(rule, 'descriptors', 'system', 'connect(2): local ports or buffers are used up', localPressure),
  ],
  ['EACCES EPERM EINVAL', (rule) => row(rule, 'configuration', 'persistent', 'connect(2)', notSent)],
]);

/** Errors of a server in this process say nothing about a dependency. */
const serving = table('node.listen', [
  [
    'EACCES EPERM EADDRINUSE EADDRNOTAVAIL EINVAL ENOENT',
    (rule) => row(rule, 'configuration', 'persistent', 'bind(2), listen(2)', { ...notSent, scope: 'local' }),
  ],
]);

const spawning = table('node.spawn', [
  ['EAGAIN', (rule) => row(rule, 'memory', 'system', 'fork(2): too many processes', localPressure)],
  // The program doesn't exist or is not executable.
  ['ENOENT EACCES EPERM ENOTDIR', (rule) => row(rule, 'programmer', 'persistent', 'execve(2)', bug)],
]);

const reading = table('node.read', [['EIO', (rule) => row(rule, 'disk', 'system', libuv, { scope: 'local' })]]);

/** libuv's codes for "denied" on Windows are transient: an antivirus program or another process holds the file. */
const windowsDenied = row('node.windows-denied', 'lock', 'transient', 'graceful-fs: rename on Windows', {
  countsAgainstBreaker: false,
  scope: 'local',
});

const tooSlowToConnect = row(
  'node.ETIMEDOUT.before-request',
  'timeout',
  'transient',
  'got timed-out.ts; request',
  notSent,
);
const badAnswer = row('fetch.bad-answer', 'invalid', 'persistent', 'node-fetch docs/ERROR-HANDLING.md', {
  reachedServer: 'yes',
});
const unsent = row('node.UND_ERR_SOCKET.unsent', 'connect', 'transient', undici, notSent);
const before = row('node.before-tls', 'connect', 'transient', 'Node.js lib/_tls_wrap.js', notSent);
const aborted = row('node.aborted', 'connection-lost', 'transient', 'Node.js IncomingMessage: aborted', {
  reachedServer: 'yes',
});
const hpe = row('node.HPE', 'invalid', 'persistent', 'llhttp: the answer is no HTTP', { reachedServer: 'yes' });
const oversized = row('axios.max-length', 'programmer', 'persistent', 'axios lib/adapters/http.js', {
  reachedServer: 'yes',
});
const brokenTls = /^ERR_TLS_(CERT|INVALID|DH|PROTOCOL|PSK|REQUIRED|SNI|ALPN|JOB|RENEGOTIATION_DISABLED)/;
const cutBody = row('node.ERR_STREAM_PREMATURE_CLOSE.body', 'connection-lost', 'transient', 'node-fetch src/index.js', {
  reachedServer: 'yes',
});
const unsupported = row('axios.unsupported-protocol', 'programmer', 'persistent', 'axios lib/adapters', notSent);
const closedChannel = row('dom.closed', 'programmer', 'persistent', 'HTML: BroadcastChannel, MessagePort', {
  ...notSent,
  ...bug,
});
const invalidArgument = row('node.ERR_INVALID', 'programmer', 'persistent', nodeErrors, bug);
const fileSystem = row('node.ERR_FS', 'filesystem', 'persistent', nodeErrors, persistentFile);
const exited = row(
  'node.child-exit',
  'process',
  'persistent',
  'Node.js child_process: exit codes are the program’s own',
  bug,
);
/** Killed by a time limit of this process. */
const stopped = row('node.child-stopped', 'timeout', 'transient', 'Node.js child_process: timeout', { scope: 'local' });
const crypto = row('node.crypto', 'invalid', 'persistent', nodeErrors, bug);
const refusedStream = row('http2.REFUSED_STREAM', 'connect', 'transient', http2, {
  ...notSent,
  countsAgainstBreaker: false,
});
const calm = row('http2.ENHANCE_YOUR_CALM', 'rate-limit', 'transient', http2, { countsAgainstBreaker: false });
const stream = row('http2.stream', 'connection-lost', 'transient', http2);
const timedOut = row('name.TimeoutError', 'timeout', 'transient', 'DOM: AbortSignal.timeout()');
const left = row('name.AbortError', 'cancelled', 'cancelled', 'DOM: AbortController');
const proxied = row(
  'undici.proxy-cancelled',
  'unavailable',
  'transient',
  'undici lib/dispatcher/proxy-agent.js: CONNECT was refused',
);
const proxyDenied = row('undici.proxy-denied', 'auth', 'persistent', 'RFC 9110 section 15.5.8', notSent);
const protocol = row('http2.protocol', 'invalid', 'persistent', http2, { reachedServer: 'yes' });
const quota = row('name.QuotaExceededError', 'quota', 'system', 'DOM: Web Storage, IndexedDB', {
  retryable: false,
  scope: 'local',
});
const dom = row('name.DOMException', 'programmer', 'persistent', 'Web IDL: DOMException names', bug);
const allocation = row('memory.allocation', 'memory', 'system', 'V8: array buffer allocation', { scope: 'local' });
const killed = row('memory.killed', 'memory', 'system', 'Linux out-of-memory killer; V8 heap limit', {
  scope: 'local',
});
const programmer = row('programmer', 'programmer', 'persistent', 'ECMAScript: native errors', bug);

const cancelNames = new Set([
  'AbortError',
  'CanceledError',
  'CancelError',
  'APIUserAbortError',
  'ResponseAborted',
  'RequestAbortedError',
]);
const domNames = new Set([
  'DataCloneError',
  'DataError',
  'ConstraintError',
  'EncodingError',
  'InvalidAccessError',
  'InvalidCharacterError',
  'InvalidStateError',
  'NotAllowedError',
  'NotSupportedError',
  'OperationError',
  'ReadOnlyError',
  'SecurityError',
  'TransactionInactiveError',
  'TypeMismatchError',
  'VersionError',
]);
const programmerNames = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'AssertionError',
]);
const heapTexts = /heap limit|JavaScript heap out of memory/;
/** `connect ECONNREFUSED 127.0.0.1:80`, `ENOENT: no such file or directory, open 'x'`. */
const systemGrammar = /^(?:(\w+) )?(E[A-Z_0-9]{2,}|EAI_[A-Z]+)(?::| |$)/;

/** Node's system errors, DNS, TLS, HTTP/2, undici and fetch, memory, by code. */
export function nodeCodeRule(error: unknown): Found | undefined {
  const code = readText(error, 'originalCode') ?? readText(error, 'code');
  const syscall = readText(error, 'syscall');
  if (code === undefined) return undefined;
  return byCode(error, code, syscall, readText(error, 'message') ?? '', readText(error, 'name') ?? '');
}

/** The same by name, by shape, and by stable messages. */
export function nodeRule(error: unknown): Found | undefined {
  const message = readText(error, 'message') ?? '';
  return byShape(error, message, readText(error, 'name') ?? '') ?? byGrammar(message);
}

/** The same for an error that has nothing but a message and the properties of a system error. */
export function systemRule(error: Error, code: string, syscall: string | undefined): Found | undefined {
  return codes.has(code) || connecting.has(code) ? byCode(error, code, syscall, error.message, 'Error') : undefined;
}

/** The rows of the table. */
export const nodeRows: readonly Row[] = [
  ...[codes, connecting, serving, spawning, reading].flatMap((map) => [...map.values()]),
  windowsDenied,
  tooSlowToConnect,
  badAnswer,
  unsent,
  before,
  aborted,
  hpe,
  ...tlsRows,
  oversized,
  unsupported,
  cutBody,
  closedChannel,
  invalidArgument,
  fileSystem,
  exited,
  stopped,
  crypto,
  refusedStream,
  calm,
  stream,
  protocol,
  timedOut,
  left,
  proxied,
  proxyDenied,
  quota,
  dom,
  allocation,
  killed,
  ...fetchRows,
  programmer,
  ...hintRows,
];

const errno = (found: Row | undefined): Found | undefined => found && { row: found, rank: evidence.errno };
const coded = (found: Row | undefined): Found | undefined => found && { row: found, rank: evidence.code };
const named = (found: Row): Found => ({ row: found, rank: evidence.name });
const worded = (found: Row): Found => ({ row: found, rank: evidence.message });

function byCode(
  error: unknown,
  code: string,
  syscall: string | undefined,
  message: string,
  name: string,
): Found | undefined {
  if (code === 'ECONNRESET' && message === 'aborted') return errno(aborted);
  if (code === 'ECONNRESET' && message.includes('before secure TLS connection')) return errno(before);
  if (syscall === 'connect' && connecting.has(code)) return errno(connecting.get(code));
  if ((syscall === 'listen' || syscall === 'bind') && serving.has(code)) return errno(serving.get(code));
  if (syscall?.startsWith('spawn') === true && spawning.has(code)) return errno(spawning.get(code));
  if (syscall === 'read' && reading.has(code)) return errno(reading.get(code));
  if (
    (code === 'EPERM' || code === 'EACCES') &&
    (readNumber(error, 'errno') ?? 0) <= -4_000 &&
    /^(rename|unlink|rmdir)$/.test(syscall ?? '')
  ) {
    return errno(windowsDenied);
  }
  if (code === 'ETIMEDOUT' && isBeforeRequest(error)) return coded(tooSlowToConnect);
  if (code === 'TimeoutError') return coded(timedOut);
  if (code === 'EPROTO') return coded(byReason('', message));
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' && message.startsWith('Invalid response body')) return coded(cutBody);
  // The response was complete, but could not be parsed.
  if (code === 'ERR_BAD_RESPONSE' && (readNumber(read(error, 'response'), 'status') ?? 500) < 400) return undefined;
  if (code === 'ERR_BAD_RESPONSE' && /^max(Content|Body)Length size of/.test(message)) return coded(oversized);
  if (code === 'ERR_BAD_REQUEST' && message.startsWith('Unsupported protocol')) return coded(unsupported);
  if (code === 'UND_ERR_ABORTED' && hasProxyCause(error)) return coded(isDeniedByProxy(error) ? proxyDenied : proxied);
  if (code === 'UND_ERR_SOCKET' && readNumber(read(error, 'socket'), 'bytesWritten') === 0) {
    return coded(unsent);
  }
  if (code === 'ABORT_ERR' || code === 'ERR_CANCELED') return coded(isAbortedByTimeout(error) ? timedOut : left);
  if (code === 'ERR_HTTP2_STREAM_ERROR') {
    if (message.includes('REFUSED_STREAM')) return coded(refusedStream);
    if (/PROTOCOL_ERROR|COMPRESSION_ERROR|FRAME_SIZE_ERROR|HTTP_1_1_REQUIRED/.test(message)) return coded(protocol);
    return coded(message.includes('ENHANCE_YOUR_CALM') ? calm : stream);
  }
  const exact = codes.get(code);
  if (exact !== undefined) return syscall === undefined ? coded(exact) : errno(exact);
  if (code.startsWith('ERR_FS_')) return coded(fileSystem);
  if (code.startsWith('ERR_CRYPTO_') || code === 'ERR_OSSL_UNSUPPORTED') return coded(crypto);
  if (code.startsWith('HPE_')) return coded(hpe);
  if (code.startsWith('ERR_SSL_')) return coded(byReason(code, message));
  if (code.startsWith('ERR_OSSL_EVP_')) return coded(crypto);
  // Our own keys and certificates that can't be read, and invalid options.
  if (code.startsWith('ERR_OSSL_') || brokenTls.test(code)) return coded(handshake);
  if (code.startsWith('ERR_TLS_')) return coded(byReason('', message));
  if (
    /^ERR_(INVALID|MISSING|OUT_OF_RANGE|ASSERTION|METHOD_NOT_IMPLEMENTED|FEATURE_UNAVAILABLE|UNKNOWN|UNSUPPORTED|IMPORT|MODULE|REQUIRE)/.test(
      code,
    )
  ) {
    return coded(invalidArgument);
  }
  return programmerNames.has(name) && code.startsWith('ERR_') ? coded(invalidArgument) : undefined;
}

function byShape(error: unknown, message: string, name: string): Found | undefined {
  if (isTimeout(error)) return named(timedOut);
  if (name === 'QuotaExceededError') return named(quota);
  if (name === 'NetworkError') return named(fetchFailed);
  if (domNames.has(name))
    return named(
      name === 'InvalidStateError' && /is closed\.$|Still in CONNECTING state/.test(message) ? closedChannel : dom,
    );
  if (cancelNames.has(name) || cancelNames.has(constructorName(error) ?? '')) {
    return named(isTimeout(read(error, 'cause')) ? timedOut : left);
  }
  if (/^(Array buffer allocation failed|WebAssembly\.Memory\(\): could not allocate memory)/.test(message))
    return worded(allocation);
  if (heapTexts.test(message) || heapTexts.test(readText(error, 'stderr') ?? '')) return worded(killed);
  const exit = readNumber(error, 'exitCode') ?? readNumber(error, 'code');
  if ((read(error, 'signal') === 'SIGKILL' && read(error, 'killed') !== true) || exit === 137) return worded(killed);
  if (
    name === 'FetchError' &&
    /^(max-size|invalid-json|(max|no|unsupported|invalid)-redirect)$/.test(readText(error, 'type') ?? '')
  )
    return named(badAnswer);
  if (message === 'terminated' && name === 'TypeError') return worded(terminated);
  if (message.startsWith('Unsupported state or unable to authenticate data')) return worded(crypto);
  const isProgram =
    (readText(error, 'cmd') ?? readText(error, 'command') ?? readNumber(error, 'exitCode')) !== undefined;
  if (isProgram && read(error, 'killed') === true && read(error, 'signal') === 'SIGTERM') return worded(stopped);
  if (isProgram && (exit ?? 0) > 0) return worded(exited);
  if (message === 'socket hang up') return worded(codes.get('ECONNRESET') ?? fetchFailed);
  return undefined;
}

/** Native errors that are unrelated to a network, database or memory. */
export function programmerRule(error: unknown): Found | undefined {
  const name = readText(error, 'name') ?? '';
  const isBug = programmerNames.has(name) || name.startsWith('AssertionError');
  return isBug && readText(error, 'code') === undefined ? { row: programmer, rank: evidence.programmer } : undefined;
}

/** Errors that have lost their properties, for instance by structured clone, still have their message. */
function byGrammar(message: string): Found | undefined {
  const [, syscall, code] = systemGrammar.exec(message) ?? [];
  if (code === undefined) return undefined;
  const found = (syscall === 'connect' ? connecting.get(code) : undefined) ?? codes.get(code);
  return found && { row: found, rank: evidence.message };
}

/** A DOMException of `AbortSignal.timeout()`, or another error with the name of a timeout. */
export function isTimeout(error: unknown): boolean {
  const name = readText(error, 'name');
  return name === 'TimeoutError' || readText(error, 'code') === 'CALL_TIMEOUT';
}

/** Most clients keep the signal's reason as the cause; axios keeps the signal. */
function isAbortedByTimeout(error: unknown): boolean {
  return isTimeout(read(error, 'cause')) || isTimeout(read(read(read(error, 'config'), 'signal'), 'reason'));
}

/** got names the phase that timed out; request tells whether it was connecting. */
function isBeforeRequest(error: unknown): boolean {
  return (
    read(error, 'connect') === true || /^(lookup|socket|connect|secureConnect)$/.test(readText(error, 'event') ?? '')
  );
}

function isDeniedByProxy(error: unknown): boolean {
  return (readText(error, 'message') ?? '').startsWith('Proxy response (407)');
}

function hasProxyCause(error: unknown): boolean {
  return /^Proxy response \(\d+\)/.test(readText(error, 'message') ?? '');
}
