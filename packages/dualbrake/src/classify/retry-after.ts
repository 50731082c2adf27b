import { header, hasHeaders } from './headers.ts';
import { pushback } from './grpc.ts';
import { httpDate, isoDate } from './http-date.ts';
import { read, readList, readNumber, readText } from './safe-read.ts';

/** Plain digits with or without a fraction: `Number()` would also take `0x10`, `1e3`, `-5` and the empty string. */
const decimal = /^\d{1,15}(\.\d{1,6})?$/;

/**
 * The delay that the server asked for, in milliseconds, unclamped; `undefined` if it asked for none.
 *
 * @param limited whether it is a rate limit response; only then do reset headers mean "wait until"
 * @param now wall clock, milliseconds since the epoch
 * @see RFC 9110 section 10.2.3; draft-ietf-httpapi-ratelimit-headers
 */
export function retryAfterMs(error: unknown, limited: boolean, now: () => number): number | undefined {
  const inside = (): number | undefined =>
    fromGrpc(error) ?? fromProperties(error) ?? (limited ? fromOwners(error) : undefined);
  if (!hasHeaders(error)) return inside();
  return (
    milliseconds(error) ??
    waitFor(header(error, 'retry-after'), error, now) ??
    inside() ??
    until(header(error, 'x-ratelimit-retry-after'), error, now) ??
    (limited ? fromResets(error, now) : undefined)
  );
}

function milliseconds(error: unknown): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms', 'x-amz-retry-after']) {
    const value = header(error, name);
    if (value !== undefined && decimal.test(value)) return Number(value);
  }
  return undefined;
}

function waitFor(value: string | undefined, error: unknown, now: () => number): number | undefined {
  if (value === undefined) return undefined;
  if (decimal.test(value)) return Number(value) * 1_000;
  const at = httpDate(value, now);
  return at === undefined ? undefined : Math.max(0, at - serverNow(error, now));
}

/** The server's clock, if the response has a date: ours may be wrong. */
function serverNow(error: unknown, now: () => number): number {
  return httpDate(header(error, 'date') ?? '', now) ?? now();
}

/** A reset: a number of seconds, a time in seconds or milliseconds since the epoch, or a date. Their ranges don't overlap. */
function until(value: string | undefined, error: unknown, now: () => number): number | undefined {
  if (value === undefined) return undefined;
  if (!decimal.test(value)) {
    const at = httpDate(value, now) ?? isoDate(value);
    return at === undefined ? undefined : Math.max(0, at - serverNow(error, now));
  }
  const number = Number(value);
  // 1e12 is 2001 in milliseconds, 1e9 is 2001 in seconds; anything smaller is a duration.
  if (number < 1e9) return number * 1_000;
  return Math.max(0, (number >= 1e12 ? number : number * 1_000) - serverNow(error, now));
}

/** `google.rpc.RetryInfo`, from the details of gRPC and of Google's REST responses. */
function fromGrpc(error: unknown): number | undefined {
  const pushed = pushback(error);
  if (typeof pushed === 'number') return pushed;
  const body = read(read(read(error, 'response'), 'data'), 'error');
  for (const detail of [
    ...readList(error, 'statusDetails', 20),
    ...readList(body, 'details', 20),
    ...readList(read(error, 'cause'), 'details', 20),
  ]) {
    const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(readText(detail, 'retryDelay') ?? '') ?? [];
    if (seconds !== undefined) return Number(seconds) * 1_000;
    const delay = read(detail, 'retryDelay');
    const whole = Number(readNumber(delay, 'seconds') ?? readText(delay, 'seconds') ?? Number.NaN);
    if (Number.isFinite(whole) && whole >= 0) return whole * 1_000 + (readNumber(delay, 'nanos') ?? 0) / 1e6;
  }
  return undefined;
}

/** Properties with the unit in the name. */
function fromProperties(error: unknown): number | undefined {
  for (const name of ['retryAfterMs', 'retryAfterInMs', 'retryAfterInMilliseconds', 'msBeforeNext']) {
    const ms = readNumber(error, name);
    if (ms !== undefined) return ms >= 0 ? ms : undefined;
  }
  const seconds = amount(read(error, 'retryAfterSeconds')) ?? amount(read(error, 'retryAfterInSeconds'));
  return seconds === undefined ? undefined : seconds * 1_000;
}

/** Properties of rate limit errors of clients. The library determines the unit. */
function fromOwners(error: unknown): number | undefined {
  const seconds =
    // Telegram, under two clients; Discord.
    (readNumber(error, 'error_code') === undefined
      ? undefined
      : amount(read(read(error, 'parameters'), 'retry_after'))) ??
    amount(read(read(read(error, 'response'), 'parameters'), 'retry_after')) ??
    amount(read(read(error, 'rawError'), 'retry_after')) ??
    (readText(error, 'code')?.startsWith('slack_') === true ? amount(read(error, 'retryAfter')) : undefined);
  if (seconds !== undefined) return seconds * 1_000;
  // discord.js counts in milliseconds.
  if (read(error, 'majorParameter') !== undefined || read(error, 'timeToReset') !== undefined)
    return amount(read(error, 'retryAfter')) ?? amount(read(error, 'timeToReset'));
  return fromWords(error);
}

/** Azure Cosmos DB for MongoDB, and Google's client for models, whose message is the JSON of the response. */
function fromWords(error: unknown): number | undefined {
  const name = readText(error, 'name') ?? '';
  if (!name.startsWith('Mongo') && name !== 'ApiError') return undefined;
  const message = readText(error, 'message') ?? '';
  const [, ms] = /\bRetryAfterMs=(\d{1,9})\b/.exec(message) ?? [];
  if (ms !== undefined) return Number(ms);
  const [, seconds] = /"retryDelay":\s*"(\d{1,9}(?:\.\d{1,9})?)s"/.exec(message) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

/** A non-negative number, or the same as a string. */
function amount(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  return typeof value === 'string' && decimal.test(value) ? Number(value) : undefined;
}

function fromResets(error: unknown, now: () => number): number | undefined {
  const exhausted = structured(header(error, 'ratelimit') ?? '');
  if (exhausted !== undefined) return exhausted * 1_000;
  const reset = until(header(error, 'ratelimit-reset'), error, now);
  if (reset !== undefined) return reset;
  const after = header(error, 'x-ratelimit-reset-after');
  if (after !== undefined && decimal.test(after)) return Number(after) * 1_000;
  for (const what of ['requests', 'tokens']) {
    if (header(error, `x-ratelimit-remaining-${what}`) !== '0') continue;
    const ms = duration(header(error, `x-ratelimit-reset-${what}`) ?? '');
    if (ms !== undefined) return ms;
  }
  return until(header(error, 'x-ratelimit-reset') ?? header(error, 'x-rate-limit-reset'), error, now);
}

/**
 * Seconds until the last of the exhausted limits resets: `"burst";r=0;t=5, "day";r=9;t=3600`, with parameters in any order, or as in an
 * older draft, `limit=10, remaining=0, reset=5`.
 */
function structured(value: string): number | undefined {
  const [, older] = /\bremaining=0\b.*?\breset=(\d{1,9})\b/.exec(value) ?? [];
  if (older !== undefined) return Number(older);
  const waits = (value.match(/(?:"[^"]*"|[^,"])+/g) ?? []).flatMap((item) => {
    const parameters = item.replace(/"[^"]*"/g, '');
    const [, wait] = /;\s*t=(\d{1,9})\b/.exec(parameters) ?? [];
    return wait !== undefined && /;\s*r=0(?![\d.])/.test(parameters) ? [Number(wait)] : [];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** `6m0s`, `1.5s`, `20ms`: durations in the format of Go, which OpenAI also uses. */
function duration(text: string): number | undefined {
  const [, hours, minutes, seconds, ms] =
    /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?$/.exec(text) ?? [];
  if (text === '' || (hours ?? minutes ?? seconds ?? ms) === undefined) return undefined;
  return (
    Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1_000 + Number(ms ?? 0)
  );
}
