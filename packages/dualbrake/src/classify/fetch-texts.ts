import { notSent, row, type Row } from './rule.ts';

const fetchSource = 'Fetch: network error; the words of browsers, React Native, workerd, Deno and Bun';
const bug = { scope: 'request' } as const;

export const fetchFailed = row('fetch.failed', 'connection-lost', 'transient', fetchSource);
export const terminated = row('fetch.terminated', 'connection-lost', 'transient', 'undici: body stream ended early', {
  reachedServer: 'yes',
});
const unconnected = row('fetch.connect', 'connect', 'transient', fetchSource, notSent);
const unresolved = row('fetch.dns', 'dns', 'transient', fetchSource, notSent);
const untrusted = row('fetch.tls', 'tls', 'persistent', fetchSource, notSent);
const badRequest = row('fetch.bad-request', 'programmer', 'persistent', 'Fetch: bad port, unknown scheme', {
  ...notSent,
  ...bug,
});
const badRedirect = row('fetch.redirect', 'invalid', 'persistent', 'Fetch: redirect count and mode', {
  reachedServer: 'yes',
});
/** A gateway's HTML page instead of JSON: the parser's message contains the first character of the page. */
export const htmlAnswer = row(
  'http.html-answer',
  'gateway',
  'transient',
  'ECMAScript: JSON.parse; the words of V8, JavaScriptCore and SpiderMonkey',
);

const sentences: readonly (readonly [string, Row])[] = [
  // Chromium, Firefox, Safari, React Native, Node, workerd, Deno, Bun
  [
    'failed to fetch|networkerror when attempting to fetch resource|load failed|network request failed|fetch failed|network error|a network error occurred|network connection lost|the network connection was lost|the internet connection appears to be offline|the request timed out|importing a module script failed|connection closed before message completed|the socket connection was closed unexpectedly|network request timed out',
    fetchFailed,
  ],
  [
    'could not connect to the server|unable to connect. is the computer able to access the url?|was there a typo in the url or port?',
    unconnected,
  ],
  ['a server with the specified hostname could not be found', unresolved],
  ['an ssl error has occurred and a secure connection to the server cannot be made', untrusted],
];

/** Messages of `fetch` for network failures: whole sentences in lower case, without a full stop. */
export const fetchWords: readonly (readonly [string | RegExp, Row])[] = [
  ...sentences.flatMap(([texts, found]) => texts.split('|').map((text) => [text, found] as const)),
  [/^(error reading a body from connection|error decoding response body)\b/, terminated],
  [/^The socket connection was closed unexpectedly\./, fetchFailed],
  [/^(Failed to fetch|error loading) dynamically imported module\b/, fetchFailed],
  [/\b(Requests to port \d+ are blocked|bad port$|port \d+ is (blocked|not allowed))/i, badRequest],
  [
    /^(unknown scheme|invalid (method|url)|URL scheme .* not supported|Failed to parse URL|Only absolute URLs are supported|Only HTTP\(S\) protocols are supported|Failed to execute 'fetch' on |RequestInit: duplex )/i,
    badRequest,
  ],
  [/\bis an invalid header (?:value|name)\b/, badRequest],
  [/\b(GET\/HEAD method cannot have body|HEAD or GET Request cannot have a body)\b/, badRequest],
  [/^(redirect count exceeded|unexpected redirect)/, badRedirect],
  [/\bclient error \(Connect\).{0,200}\bdns error\b/, unresolved],
  [/\bclient error \(Connect\).{0,200}\binvalid peer certificate\b/, untrusted],
  [/^error sending request for url .*tcp connect error|\bclient error \(Connect\)/, unconnected],
  [/^error sending request for url|\bclient error \((SendRequest|Canceled|ChannelClosed)\)/, fetchFailed],
  [
    /\b(?:Unrecognized|Unexpected) token '?<|\bunexpected character at line 1 column 1 of the JSON data.{0,40}</,
    htmlAnswer,
  ],
];

/** Messages that are only proof in an error of `fetch` itself: other errors may quote them. */
export const provenByFetch: ReadonlySet<Row> = new Set([unconnected, unresolved]);

/** The rows of the table. */
export const fetchRows: readonly Row[] = [
  fetchFailed,
  terminated,
  unconnected,
  unresolved,
  untrusted,
  badRequest,
  badRedirect,
  htmlAnswer,
];
