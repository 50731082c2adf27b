import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { RelativeTime } from '@dualbrake/kit';
import { clockAheadMs, serverNow } from '../live/server-clock.ts';
import { countDown } from '../words/words.ts';

/** An instant on the server's clock: `3 min ago`, or `14:05 (3 min ago)`. */
export function Time({ instant, form }: Readonly<{ instant: string; form?: 'relative' | 'both' }>) {
  return <RelativeTime instant={instant} aheadMs={clockAheadMs.value} {...(form && { form })} />;
}

const tick = signal(0);
let readers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Counts down to an instant on the server's clock. All countdowns share one timer. */
export function CountDown({ until }: Readonly<{ until: string }>) {
  useEffect(() => {
    readers += 1;
    timer ??= setInterval(() => (tick.value = serverNow()), 1_000);
    return () => {
      readers -= 1;
      if (readers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  // A new instant may arrive between two ticks.
  return <span class="numbers">{countDown(Date.parse(until), Math.max(tick.value, serverNow()))}</span>;
}
