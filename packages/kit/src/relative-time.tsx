import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { clockTimeText, exactTimeText, relativeText } from './time-text.ts';

const nowMs = signal(Date.now());
let readers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/**
 * An instant as its distance from now, kept up to date, with the exact time in the title. All instances share one timer,
 * which runs only while one of them is on the page.
 */
export function RelativeTime({
  instant,
  form = 'relative',
  aheadMs = 0,
}: {
  /** ISO 8601 text, or milliseconds since the epoch. */
  readonly instant: string | number;
  /** `relative`: `3 min ago`. `both`: `14:05 (3 min ago)`. Default: `relative`. */
  readonly form?: 'relative' | 'both';
  /** How far this device's clock is ahead of the clock that the instant comes from, in milliseconds. Default: 0. */
  readonly aheadMs?: number;
}): JSX.Element {
  useEffect(watchClock, []);
  const instantMs = typeof instant === 'number' ? instant : Date.parse(instant);
  // The instant may be newer than the last tick of the shared timer.
  const now = Math.max(nowMs.value - aheadMs, instantMs > Date.now() - aheadMs ? 0 : instantMs);
  const relative = relativeText(instantMs, now);
  return (
    <time class="numbers" dateTime={new Date(instantMs).toISOString()} title={exactTimeText(instantMs)}>
      {form === 'both' ? `${clockTimeText(instantMs, now)} (${relative})` : relative}
    </time>
  );
}

function watchClock(): () => void {
  readers += 1;
  nowMs.value = Date.now();
  timer ??= setInterval(() => (nowMs.value = Date.now()), 1_000);
  return () => {
    readers -= 1;
    if (readers > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
