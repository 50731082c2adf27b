import { header } from './headers.ts';
import { pushback } from './grpc.ts';
import { read, readList, readNumber, readText } from './safe-read.ts';

/** Plain digits with or without a fraction: `Number()` would also take `0x10`, `1e3`, `-5` and the empty string. */
const decimal = /^\d{1,15}(\.\d{1,6})?$/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * How long the other side asked us to wait, in milliseconds, unclamped. Absent means that it did not ask.
 *
 * @param limited whether the answer is about a rate limit; only then do reset headers mean "wait until"
 * @param now wall clock, milliseconds since the epoch
 * @see RFC 9110 section 10.2.3; draft-ietf-httpapi-ratelimit-headers
 */
export function retryAfterMs(error: unknown, limited: boolean, now: () => number): number | undefined {
  return (
    milliseconds(error) ??
    waitFor(header(error, 'retry-after'), error, now) ??
    fromGrpc(error) ??
    fromProperties(error) ??
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
  const at = httpDate(value);
  if (at === undefined) return undefined;
  // The server's own clock, if it says what time it has: ours may be wrong.
  const base = httpDate(header(error, 'date') ?? '') ?? now();
  return Math.max(0, at - base);
}

/** What gRPC sends along, and what Google's REST answers hold: `google.rpc.RetryInfo`. */
function fromGrpc(error: unknown): number | undefined {
  const pushed = pushback(error);
  if (typeof pushed === 'number') return pushed;
  const body = read(read(read(error, 'response'), 'data'), 'error');
  for (const detail of [...readList(error, 'statusDetails', 20), ...readList(body, 'details', 20)]) {
    const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(readText(detail, 'retryDelay') ?? '') ?? [];
    if (seconds !== undefined) return Number(seconds) * 1_000;
    const delay = read(detail, 'retryDelay');
    const whole = Number(readNumber(delay, 'seconds') ?? readText(delay, 'seconds') ?? Number.NaN);
    if (Number.isFinite(whole) && whole >= 0) return whole * 1_000 + (readNumber(delay, 'nanos') ?? 0) / 1e6;
  }
  return undefined;
}

function fromProperties(error: unknown): number | undefined {
  const ms = readNumber(error, 'retryAfterMs') ?? readNumber(error, 'retryAfterInMs');
  if (ms !== undefined) return ms >= 0 ? ms : undefined;
  const seconds = readNumber(error, 'retryAfter');
  return seconds !== undefined && seconds >= 0 ? seconds * 1_000 : undefined;
}

function fromResets(error: unknown, now: () => number): number | undefined {
  const structured = header(error, 'ratelimit');
  const pattern = /;\s*r=0\b.*?;\s*t=(\d{1,9})|\bremaining=0\b.*?\breset=(\d{1,9})/;
  const [, current, older] = (structured === undefined ? undefined : pattern.exec(structured)) ?? [];
  const exhausted = current ?? older;
  if (exhausted !== undefined) return Number(exhausted) * 1_000;
  for (const name of ['ratelimit-reset', 'x-ratelimit-reset-after']) {
    const value = header(error, name);
    if (value !== undefined && decimal.test(value)) return Number(value) * 1_000;
  }
  for (const what of ['requests', 'tokens']) {
    if (header(error, `x-ratelimit-remaining-${what}`) !== '0') continue;
    const ms = duration(header(error, `x-ratelimit-reset-${what}`) ?? '');
    if (ms !== undefined) return ms;
  }
  const reset = header(error, 'x-ratelimit-reset') ?? header(error, 'x-rate-limit-reset');
  if (reset === undefined || !decimal.test(reset)) return undefined;
  const number = Number(reset);
  const base = httpDate(header(error, 'date') ?? '') ?? now();
  // 1e12 is 2001 in milliseconds, 1e9 is 2001 in seconds; anything smaller is a distance.
  if (number >= 1e12) return Math.max(0, number - base);
  return number >= 1e9 ? Math.max(0, number * 1_000 - base) : number * 1_000;
}

/** `6m0s`, `1.5s`, `20ms`: durations as Go writes them, and OpenAI with it. */
function duration(text: string): number | undefined {
  const [, hours, minutes, seconds, ms] =
    /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?$/.exec(text) ?? [];
  if (text === '' || (hours ?? minutes ?? seconds ?? ms) === undefined) return undefined;
  return (
    Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1_000 + Number(ms ?? 0)
  );
}

/** The three forms of an HTTP date, all in UTC; `Date.parse` reads the third one as local time. @see RFC 9110 5.6.7 */
function httpDate(text: string): number | undefined {
  const imf = /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (imf !== null) return utc(imf[3], imf[2], imf[1], imf.slice(4));
  const rfc850 = /^\w{6,9}, (\d{2})-(\w{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (rfc850 !== null) return utc(`20${rfc850[3] ?? ''}`, rfc850[2], rfc850[1], rfc850.slice(4));
  const asctime = /^\w{3} (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(text);
  return asctime === null ? undefined : utc(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
}

function utc(
  year: string | undefined,
  monthName: string | undefined,
  day: string | undefined,
  [hour, minute, second]: readonly (string | undefined)[],
): number | undefined {
  const month = months.indexOf(monthName ?? '');
  if (month < 0) return undefined;
  return Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
}
