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
      // A proxy's: whoever was meant has not seen it.
      [[407], 'auth', 'persistent', notSent],
      [[404, 410], 'not-found', 'persistent', rejected],
      // Servers and frameworks also report work that they gave up on with it: it does not prove that nothing was done.
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
/** It was done, and the answer is not what was wanted. */
const done = row('http.2xx', 'invalid', 'persistent', rfc9110, { reachedServer: 'yes' });
const limited403 = row('http.403.rate-limit', 'rate-limit', 'transient', 'GitHub REST API: rate limits', throttled);
const asked = row(
  'http.should-retry',
  'conflict',
  'transient',
  'stripe-should-retry, x-should-retry headers',
  // The first of two with the same key may be under way.
  { reachedServer: 'yes', countsAgainstBreaker: false },
);
const askedAndRejected = row('http.should-retry', 'conflict', 'transient', 'x-should-retry header', throttled);
const throttles = new Set([420, 421, 425, 429]);
const later = row('http.4xx.retry-after', 'conflict', 'transient', 'RFC 9110 section 10.2.3', throttled);
const responseError = row('fetch.error-response', 'connection-lost', 'transient', 'Fetch: network error response');
const proxyTunnel = row('node.ERR_PROXY_TUNNEL', 'gateway', 'transient', 'Node.js: the proxy refused CONNECT', notSent);

/** HTTP answers: a `Response`, or an error that carries a status. */
export function httpRule(error: unknown): Found | undefined {
  if (readText(error, 'code') === 'ERR_PROXY_TUNNEL') return { row: proxyTunnel, rank: evidence.code };
  const status = statusOf(error);
  if (status === undefined) {
    return isResponse(error) && readNumber(error, 'status') === 0
      ? { row: responseError, rank: evidence.status }
      : undefined;
  }
  const found = byStatus(status, error);
  // A 5xx that nobody answered is the client's invention, a 2xx or 3xx is left over from before it went wrong.
  const isInvented = status < 400 || (status >= 500 && !hasAnswer(error));
  const isOwn = status >= 400 && status < 500 && typeof read(error, 'expose') === 'boolean';
  return { row: isOwn ? undecided(found) : found, rank: isInvented ? evidence.invented : evidence.status };
}

const undecidedRows = new Map<Row, Row>();

/** A framework of ours has made it: what was done before, it does not say. Words prove no more than that. */
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

/** Whether there is anything of an answer beside its status. */
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

/** A status that only the words have. */
export function statusWordsRule(error: unknown): Found | undefined {
  const message = readText(error, 'message');
  if (message === undefined) return undefined;
  const [, status] = (maybeStatus.test(message) ? statusWords.exec(message) : null) ?? [];
  if (status === undefined) return undefined;
  const found = byStatus(Number(status), undefined);
  // Neon's own grammar, of what its proxy has answered.
  const isAnswer = message.startsWith('Server error (HTTP status ');
  return { row: isAnswer ? found : undecided(found), rank: evidence.message };
}

/** The tables, for people to read. */
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

/** Whether the author of an HTTP error has decided: his 4xx outweighs what caused it, his 500 does not. */
export function isDecided({ row: { verdict }, rank }: Found): boolean {
  return rank === evidence.status && verdict.rule.startsWith('http.4');
}

function byStatus(status: number, error: unknown): Row {
  // The server’s own word, in both directions; `false` is heeded where the verdict is put together.
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

/** What the server says about trying again, if it does. */
export function shouldRetry(error: unknown): boolean | undefined {
  if (!hasHeaders(error)) return undefined;
  const said = header(error, 'x-should-retry') ?? header(error, 'stripe-should-retry');
  return said === 'true' ? true : said === 'false' ? false : undefined;
}

/** Where libraries put the status, the usual places first. */
const statusPlaces: readonly ((error: unknown) => number | undefined)[] = [
  (error) => readNumber(error, 'status'),
  (error) => readNumber(error, 'statusCode'),
  (error) => readNumber(read(error, 'response'), 'status'),
  (error) => readNumber(read(error, 'response'), 'statusCode'),
  (error) => readNumber(read(error, 'output'), 'statusCode'),
  (error) => readNumber(read(error, '$metadata'), 'httpStatusCode'),
  (error) => readNumber(read(error, '$response'), 'statusCode'),
  (error) => readNumber(read(error, 'data'), 'httpStatus'),
  // tRPC: the answer that could not be read.
  (error) => readNumber(read(read(error, 'meta'), 'response'), 'status'),
  // Elasticsearch, OpenSearch.
  (error) => readNumber(read(error, 'meta'), 'statusCode'),
  // Shopify's has no other name for it.
  (error) => {
    const response = read(error, 'response');
    return read(response, 'statusText') === undefined ? undefined : readNumber(response, 'code');
  },
  // Supabase's functions.
  (error) =>
    (readText(error, 'name') ?? '').startsWith('Functions') ? readNumber(read(error, 'context'), 'status') : undefined,
  // Telegram's says `ok: false` beside it, engine.io's transports describe with it.
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
