const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The distance of an instant from now, in one unit: `just now`, `3 min ago`, `5 months ago`, `in 2 days`. */
export function relativeText(instantMs: number, nowMs: number): string {
  const distanceMs = nowMs - instantMs;
  const ms = Math.abs(distanceMs);
  if (ms < 5 * secondMs) return 'just now';
  const [size, unit] = relativeUnits.find(([sizeMs]) => ms >= sizeMs) ?? [secondMs, 's'];
  // Future instants are rounded: two days minus a second is "in 2 days", not "in 1 day".
  const count = distanceMs > 0 ? Math.floor(ms / size) : Math.round(ms / size);
  const isWord = unit === 'day' || unit === 'month' || unit === 'year';
  const words = `${count} ${unit}${isWord && count !== 1 ? 's' : ''}`;
  return distanceMs > 0 ? `${words} ago` : `in ${words}`;
}

const relativeUnits = [
  [365 * dayMs, 'year'],
  [30 * dayMs, 'month'],
  [dayMs, 'day'],
  [hourMs, 'h'],
  [minuteMs, 'min'],
] as const;

/** `14:05` for today, `Nov 22, 14:05` for another day of this year, `Nov 22, 2025, 14:05` for another year. */
export function clockTimeText(instantMs: number, nowMs: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = new Intl.DateTimeFormat('en-CA', { ...zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const time = new Intl.DateTimeFormat('en-CA', { ...zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const clock = time.format(instantMs);
  if (day.format(instantMs) === day.format(nowMs)) return clock;
  const sameYear = day.format(instantMs).slice(0, 4) === day.format(nowMs).slice(0, 4);
  const date = new Intl.DateTimeFormat('en-US', {
    ...zone,
    month: 'short',
    day: 'numeric',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
  return `${date.format(instantMs)}, ${clock}`;
}

/** The full instant with seconds and time zone: `Mon, Nov 23, 2026, 14:05:09 EST`. */
export function exactTimeText(instantMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-US', {
    ...(timeZone === undefined ? {} : { timeZone }),
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(instantMs);
}
