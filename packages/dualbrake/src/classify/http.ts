import { constructorName, read, readNumber, readText } from './safe-read.ts';
import { evidence, notSent, rejected, row, type Found, type Row } from './rule.ts';
import { hasHeaders, header } from './headers.ts';

const rfc9110 = 'RFC 9110 section 15';
const cloudflare = 'Cloudflare: 5xx errors';
const throttled = { ...rejected, countsAgainstBreaker: false } as const;

const statuses = new Map<number, Row>(
  (
    [
      [[401, 403], 'auth', 'persistent', rejected],
      // Sent by a proxy: the actual server has not received the request.
      [[407], 'auth', 'persistent', notSent],
      [[404, 410], 'not-found', 'persistent', rejected],
      // Servers and frameworks also use it for work that they abandoned, so it doesn't prove that nothing was done.
      [[408], 'timeout', 'transient', { reachedServer: 'yes' }],
      [[409, 423], 'conflict', 'persistent', rejected],
      [[421, 425], 'misdirected', 'transient', throttled],
      [[420, 429], 'rate-limit', 'transient', throttled],
      [[499], 'cancelled', 'cancelled', {}],
      [[500], 'server-error', 'transient', { reachedServer: 'yes' }],
      [[501, 505, 506, 508, 510], 'unsupported', 'persistent', { reachedServer: 'yes', applied: 'no' }],
      [[502, 504], 'gateway', 'transient', {}],
      [[509], 'quota', 'transient', { reachedServer: 'yes', countsAgainstBreaker: false }],
      [[503], 'unavailable', 'transient', {}],
      [[507], 'disk', 'system', { retryable: false, reachedServer: 'yes' }],
      [[511], 'auth', 'persistent', notSent],
    ] as const
  ).flatMap(([list, kind, of, details]) =>
    list.map((status) => [status, row(`http.${status}`, kind, of, rfc9110, details)] as const),
  ),
);
for (const status of [521, 523, 525, 530])
  statuses.set(status, row(`http.${status}`, 'connect', 'transient', cloudflare, notSent));
for (const status of [520, 522]) statuses.set(status, row(`http.${status}`, 'gateway', 'transient', cloudflare));
statuses.set(524, row('http.524', 'timeout', 'transient', cloudflare, { reachedServer: 'yes' }));
statuses.set(526, row('http.526', 'tls', 'persistent', cloudflare, notSent));
statuses.set(529, row('http.529', 'overloaded', 'transient', 'Anthropic API: overloaded_error'));

const otherClient = row('http.4xx', 'invalid', 'persistent', rfc9110, rejected);
const otherServer = row('http.5xx', 'server-error', 'transient', rfc9110, { reachedServer: 'yes' });
const noError = row('http.not-an-error', 'invalid', 'persistent', rfc9110, rejected);
/** The request was processed, but the response is not acceptable. */
const done = row('http.2xx', 'invalid', 'persistent', rfc9110, { reachedServer: 'yes' });
const limited403 = row('http.403.rate-limit', 'rate-limit', 'transient', 'GitHub REST API: rate limits', throttled);
const asked = row(
  'http.should-retry',
  'conflict',
  'transient',
  'stripe-should-retry, x-should-retry headers',
  // An earlier request with the same key may still be running.
  { reachedServer: 'yes', countsAgainstBreaker: false },
);
const askedAndRejected = row('http.should-retry', 'conflict', 'transient', 'x-should-retry header', throttled);
const throttles = new Set([420, 421, 425, 429]);
const later = row('http.4xx.retry-after', 'conflict', 'transient', 'RFC 9110 section 10.2.3', throttled);
const responseError = row('fetch.error-response', 'connection-lost', 'transient', 'Fetch: network error response');
const proxyTunnel = row('node.ERR_PROXY_TUNNEL', 'gateway', 'transient', 'Node.js: the proxy refused CONNECT', notSent);

/** HTTP responses: a `Response`, or an error with a status. */
export function httpRule(error: unknown): Found | undefined {
  if (readText(error, 'code') === 'ERR_PROXY_TUNNEL') return { row: proxyTunnel, rank: evidence.code };
  const status = statusOf(error);
  if (status === undefined) {
    return isResponse(error) && readNumber(error, 'status') === 0
      ? { row: responseError, rank: evidence.status }
      : undefined;
  }
  const found = byStatus(status, error);
  // Without a response, a 5xx was made up by the client, and a 2xx or 3xx is left over from before the failure.
  const isInvented = status < 400 || (status >= 500 && !hasAnswer(error));
  const isOwn = status >= 400 && status < 500 && typeof read(error, 'expose') === 'boolean';
  return { row: isOwn ? undecided(found) : found, rank: isInvented ? evidence.invented : evidence.status };
}

const undecidedRows = new Map<Row, Row>();

/** An error that a server framework in this process created. Doesn't prove what was done before. */
function undecided(found: Row): Row {
  const { verdict, citation } = found;
  if (verdict.applied === 'maybe') return found;
  const known = undecidedRows.get(found);
  if (known !== undefined) return known;
  const made = {
    verdict: Object.freeze({ ...verdict, reachedServer: 'maybe' as const, applied: 'maybe' as const }),
    citation,
  };
  undecidedRows.set(found, made);
  return made;
}

/** Whether there is anything of a response besides its status. */
export function hasAnswer(error: unknown): boolean {
  return answers.some((name) => {
    const found = read(error, name);
    return found !== undefined && found !== null;
  });
}
const answers = [
  'headers',
  'response',
  'responseHeaders',
  '$response',
  '$metadata',
  'output',
  'body',
  'responseBody',
  'raw',
  'meta',
  'context',
];

const maybeStatus = /[45]\d\d/;
const statusWords =
  /\b(?:HTTP (?:response )?(?:status|code)(?: code)?|(?:response )?status code|Non-200 status code|Unexpected server response|HTTP\/[\d.]+|HTTP)[:= (]{1,3}([45]\d\d)\b/i;

/** A status that only the message contains. */
export function statusWordsRule(error: unknown): Found | undefined {
  const message = readText(error, 'message');
  if (message === undefined) return undefined;
  const [, status] = (maybeStatus.test(message) ? statusWords.exec(message) : null) ?? [];
  if (status === undefined) return undefined;
  const found = byStatus(Number(status), undefined);
  // Neon's format for responses of its proxy.
  const isAnswer = message.startsWith('Server error (HTTP status ');
  return { row: isAnswer ? found : undecided(found), rank: evidence.message };
}

/** The rows of the table. */
export const httpRows: readonly Row[] = [
  ...statuses.values(),
  otherClient,
  otherServer,
  noError,
  done,
  limited403,
  asked,
  later,
  responseError,
  proxyTunnel,
];

/** Whether the author of an HTTP error has decided: an explicit 4xx takes precedence over the cause, a 500 does not. */
export function isDecided({ row: { verdict }, rank }: Found): boolean {
  return rank === evidence.status && verdict.rule.startsWith('http.4');
}

function byStatus(status: number, error: unknown): Row {
  // The server's explicit decision. `false` is applied in `heedAuthor`.
  if (status < 500 && shouldRetry(error) === true && !throttles.has(status))
    return header(error, 'stripe-should-retry') === undefined ? askedAndRejected : asked;
  const hasHint = header(error, 'retry-after') !== undefined;
  if (status === 403 && (hasHint || header(error, 'x-ratelimit-remaining') === '0')) return limited403;
  if ((status === 409 || status === 413 || status === 423) && hasHint) return later;
  const found = statuses.get(status);
  if (found !== undefined) return found;
  if (status >= 500) return otherServer;
  if (status >= 400) return otherClient;
  return status >= 300 ? noError : done;
}

/** Whether the server asks for a retry, if it says so. */
export function shouldRetry(error: unknown): boolean | undefined {
  if (!hasHeaders(error)) return undefined;
  const said = header(error, 'x-should-retry') ?? header(error, 'stripe-should-retry');
  return said === 'true' ? true : said === 'false' ? false : undefined;
}

/** Where libraries put the status, the most common places first. */
const statusPlaces: readonly ((error: unknown) => number | undefined)[] = [
  (error) => readNumber(error, 'status'),
  (error) => readNumber(error, 'statusCode'),
  (error) => readNumber(read(error, 'response'), 'status'),
  (error) => readNumber(read(error, 'response'), 'statusCode'),
  (error) => readNumber(read(error, 'output'), 'statusCode'),
  (error) => readNumber(read(error, '$metadata'), 'httpStatusCode'),
  (error) => readNumber(read(error, '$response'), 'statusCode'),
  (error) => readNumber(read(error, 'data'), 'httpStatus'),
  // tRPC: the response that could not be read.
  (error) => readNumber(read(read(error, 'meta'), 'response'), 'status'),
  // Elasticsearch, OpenSearch.
  (error) => readNumber(read(error, 'meta'), 'statusCode'),
  // Shopify.
  (error) => {
    const response = read(error, 'response');
    return read(response, 'statusText') === undefined ? undefined : readNumber(response, 'code');
  },
  // Supabase Functions.
  (error) =>
    (readText(error, 'name') ?? '').startsWith('Functions') ? readNumber(read(error, 'context'), 'status') : undefined,
  // Telegram, with `ok: false`; engine.io's transports, in the description.
  (error) => readNumber(error, 'error_code'),
  (error) => (readText(error, 'type') === 'TransportError' ? readNumber(error, 'description') : undefined),
  // Azure Cosmos DB and SendGrid.
  (error) =>
    constructorName(error) === 'ErrorResponse' || typeof read(error, 'response') === 'object'
      ? readNumber(error, 'code')
      : undefined,
];

function statusOf(error: unknown): number | undefined {
  for (const place of statusPlaces) {
    const status = place(error);
    if (status !== undefined && Number.isInteger(status) && status >= 100 && status <= 599) return status;
  }
  return undefined;
}

function isResponse(value: unknown): boolean {
  return typeof read(value, 'headers') === 'object' && typeof read(value, 'arrayBuffer') === 'function';
}
