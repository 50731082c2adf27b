const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const fiftyYears = 50 * 365.25 * 86_400_000;

/**
 * Parses the three forms of an HTTP date, all in UTC. `Date.parse` reads the third one as local time, and accepts invalid days.
 *
 * @param now wall clock: a two-digit year more than 50 years in the future belongs to the past century
 * @returns milliseconds since the epoch; `undefined` if it is not a valid date
 * @see RFC 9110 section 5.6.7
 */
export function httpDate(text: string, now: () => number): number | undefined {
  if (text === '') return undefined;
  const imf = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (imf !== null) return utc(Number(imf[3]), imf[2], imf[1], imf.slice(4));
  const rfc850 =
    /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d{2})-(\w{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (rfc850 !== null) {
    const century = Math.floor(new Date(now()).getUTCFullYear() / 100) * 100;
    const at = (year: number): number | undefined => utc(year, rfc850[2], rfc850[1], rfc850.slice(4));
    const year = century + Number(rfc850[3]);
    const found = at(year);
    return found !== undefined && found - now() > fiftyYears ? at(year - 100) : found;
  }
  const asctime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(text);
  return asctime === null ? undefined : utc(Number(asctime[6]), asctime[1], asctime[2], asctime.slice(3, 6));
}

/** `2030-01-01T00:00:13Z`, the format of resets of Anthropic and others. */
export function isoDate(text: string): number | undefined {
  const found = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(found) ? undefined : found;
}

function utc(
  year: number,
  monthName: string | undefined,
  dayText: string | undefined,
  time: readonly (string | undefined)[],
): number | undefined {
  const month = months.indexOf(monthName ?? '');
  const day = Number(dayText);
  const [hour = Number.NaN, minute = Number.NaN, second = Number.NaN] = time.map(Number);
  // 60 is a leap second.
  if (month < 0 || day < 1 || !(hour < 24 && minute < 60 && second <= 60)) return undefined;
  const at = Date.UTC(year, month, day, hour, minute, second);
  return day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate() ? undefined : at;
}
