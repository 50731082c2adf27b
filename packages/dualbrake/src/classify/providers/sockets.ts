/** WebSockets and tokens. */
import { read } from '../safe-read.ts';
import { notSent, row, type Row } from '../rule.ts';
import { client, isNamed, type Client } from './client.ts';
import type { ClientGroup } from './provide.ts';

const answered = { reachedServer: 'yes' } as const;

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
    const isClosing =
      read(error, 'type') === 'close' || read(error, 'wasClean') !== undefined || /^(Close|WebSocket)/.test(name);
    return isClosing && typeof code === 'number' ? code : undefined;
  },
);
const webSocketProtocol: Client = client(
  'websocket',
  'ws lib/receiver.js',
  [['protocol', 'invalid', 'persistent', answered]],
  ({ code }) => (typeof code === 'string' && code.startsWith('WS_ERR_') ? 'protocol' : undefined),
);

const words: readonly (readonly [string | RegExp, Row])[] = [
  [
    /^invalid content type, expected "?text\/event-stream|^server sent http 204\b/,
    row('eventsource.refused', 'invalid', 'persistent', 'HTML: server-sent events', answered),
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
const tokens: Client = client(
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
    if (typeof code === 'string' && /^ERR_(JW[TSEK]|JWKS|JOSE)_/.test(code))
      return code === 'ERR_JWKS_TIMEOUT' ? code : 'jose';
    return ['TokenExpiredError', 'JsonWebTokenError', 'NotBeforeError'].find((each) => isNamed(thrown, each));
  },
);

export const sockets: ClientGroup = {
  name: 'WebSockets, tokens',
  clients: [webSocket, webSocketProtocol, tokens],
  words,
};
