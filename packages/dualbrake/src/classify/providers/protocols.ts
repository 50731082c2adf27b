/** Protocols with numbers of their own: LDAP, SFTP, FTP, WebSocket. */
import { read, readNumber, readText } from '../safe-read.ts';
import { lost, notSent, rejected, row, stuck, type Row } from '../rule.ts';
import { client, isNamed, type Client } from './client.ts';

const answered = { reachedServer: 'yes' } as const;

const ldap = client(
  'ldap',
  'RFC 4511 section 4.1.9 and appendix A: result codes',
  [
    ['1 80', 'server-error', 'transient', answered],
    ['3', 'timeout', 'transient', answered],
    ['51', 'overloaded', 'transient', rejected],
    ['52', 'unavailable', 'transient', rejected],
    // Bind is what is asked first: nothing else was sent before it was granted.
    ['48 49', 'auth', 'persistent', notSent],
    ['7 8 13 14 50', 'auth', 'persistent', rejected],
    ['32', 'not-found', 'persistent', rejected],
    ['19 20 65 68 69 71', 'constraint', 'persistent', rejected],
    ['118', 'cancelled', 'cancelled'],
    ['2 4 10 11 12 16 17 18 21 33 34 36 53 54 64 66 67', 'invalid', 'persistent', rejected],
  ],
  ({ error, code, message }) => {
    if (typeof code !== 'number') return undefined;
    // ldapts puts the number into its words, ldapjs has `lde_dn` and `lde_message`.
    const isLdap = /\bCode: 0x[\da-f]+$/i.test(message) || read(error, 'lde_message') !== undefined;
    return isLdap ? code : undefined;
  },
);

const sftpWords =
  /^(?:\w+: )?(end of file|no such file|permission denied|failure|bad message|no connection|connection lost|operation unsupported|not supported)/i;
const sftp = client(
  'sftp',
  'draft-ietf-secsh-filexfer-02 section 7; ssh2 lib/protocol/SFTP.js',
  [
    ['1', 'invalid', 'persistent', answered],
    ['2', 'not-found', 'persistent', rejected],
    ['3', 'auth', 'persistent', rejected],
    ['4', 'server-error', 'persistent', answered],
    ['5 8', 'invalid', 'persistent', rejected],
    ['6', 'connect', 'transient', notSent],
    ['7', 'connection-lost', 'transient'],
  ],
  ({ code, message, error }) =>
    typeof code === 'number' && readNumber(error, 'errno') === undefined && sftpWords.test(message) ? code : undefined,
);
const ssh = client(
  'ssh',
  'ssh2 lib/client.js: level of an error',
  [
    ['client-authentication', 'auth', 'persistent', notSent],
    ['client-timeout', 'timeout', 'transient', notSent],
    ['client-dns', 'dns', 'transient', notSent],
    ['handshake', 'configuration', 'persistent', notSent],
    ['protocol', 'connection-lost', 'transient'],
  ],
  ({ error }) => readText(error, 'level'),
);

const ftp = client(
  'ftp',
  'RFC 959 section 4.2: reply codes; basic-ftp src/FtpContext.ts',
  [
    ['421', 'unavailable', 'transient', rejected],
    ['425', 'connect', 'transient', rejected],
    ['426', 'connection-lost', 'transient', answered],
    ['450', 'conflict', 'transient', lost],
    ['451', 'server-error', 'transient', answered],
    ['452 552', 'disk', 'system', { ...answered, ...stuck }],
    ['430 530', 'auth', 'persistent', notSent],
    ['532', 'auth', 'persistent', rejected],
    ['550', 'not-found', 'persistent', rejected],
    ['500 501 502 503 504 551 553', 'invalid', 'persistent', rejected],
  ],
  ({ code, message, of, name }) =>
    (of === 'FTPError' || name === 'FTPError') && typeof code === 'number' && message.startsWith(String(code)) ? code : undefined,
);

const webSocketSource = 'RFC 6455 section 7.4; IANA WebSocket close codes';
const webSocket = client(
  'websocket',
  webSocketSource,
  [
    ['1000 1005', 'connection-lost', 'transient', { countsAgainstBreaker: false }],
    ['1001 1006 1014', 'connection-lost', 'transient'],
    ['1011 1012 1013', 'unavailable', 'transient', answered],
    ['1002 1003 1007 1009 1010', 'invalid', 'persistent', answered],
    ['1008', 'auth', 'persistent', answered],
    ['1015', 'tls', 'persistent'],
  ],
  ({ error, code, name }) => {
    const isClosing = read(error, 'type') === 'close' || read(error, 'wasClean') !== undefined || /^(Close|WebSocket)/.test(name);
    return isClosing && typeof code === 'number' ? code : undefined;
  },
);
const webSocketProtocol: Client = client(
  'websocket',
  'ws lib/receiver.js',
  [['protocol', 'invalid', 'persistent', answered]],
  ({ code }) => (typeof code === 'string' && code.startsWith('WS_ERR_') ? 'protocol' : undefined),
);

export const protocols: readonly Client[] = [ldap, sftp, ssh, ftp, webSocket, webSocketProtocol];

export const protocolWords: readonly (readonly [string | RegExp, Row])[] = [
  [
    /^client is closed(?: because |$)/,
    row('ftp.closed', 'programmer', 'persistent', 'basic-ftp src/FtpContext.ts', notSent),
  ],
  [
    /^WebSocket is not open: readyState [23]\b|^WebSocket is already in CLOSING or CLOSED state/,
    row('websocket.closed', 'programmer', 'persistent', 'ws lib/websocket.js', notSent),
  ],
  [
    /^WebSocket is not open: readyState 0\b|^Still in CONNECTING state/,
    row('websocket.connecting', 'programmer', 'persistent', 'ws lib/websocket.js', notSent),
  ],
  [
    'websocket was closed before the connection was established',
    row('websocket.closed-early', 'cancelled', 'cancelled', 'ws lib/websocket.js: close() while connecting'),
  ],
];

/** Tokens. */
export const tokens: Client = client(
  'token',
  'jsonwebtoken lib; jose src/util/errors.ts',
  [
    ['TokenExpiredError JsonWebTokenError NotBeforeError', 'auth', 'persistent', { scope: 'request' }],
    ['ERR_JWKS_TIMEOUT', 'timeout', 'transient', notSent],
    ['jose', 'auth', 'persistent', { scope: 'request' }],
    ['jwks-answer', 'gateway', 'transient'],
  ],
  (thrown) => {
    const { code } = thrown;
    if (code === 'ERR_JOSE_GENERIC' && thrown.message.startsWith('Expected 200 OK')) return 'jwks-answer';
    if (typeof code === 'string' && /^ERR_(JW[TSEK]|JWKS|JOSE)_/.test(code)) return code === 'ERR_JWKS_TIMEOUT' ? code : 'jose';
    return ['TokenExpiredError', 'JsonWebTokenError', 'NotBeforeError'].find((each) => isNamed(thrown, each));
  },
);
