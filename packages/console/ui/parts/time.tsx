import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { RelativeTime } from '@dualbrake/kit';
import { clockAheadMs, serverNow } from '../live/server-clock.ts';
import { countDown } from '../words/words.ts';

/** An instant of the server: `14:05 (3 min ago)`, or its distance alone. */
export function Time({ instant, form }: { readonly instant: string; readonly form?: 'relative' | 'both' }) {
  return <RelativeTime instant={instant} aheadMs={clockAheadMs.value} {...(form && { form })} />;
}

const tick = signal(0);
let counting = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Counts down to an instant of the server, once a second; all of them on one timer, which runs only while there is one. */
export function CountDown({ until }: { readonly until: string }) {
  useEffect(() => {
    counting += 1;
    timer ??= setInterval(() => (tick.value = serverNow()), 1_000);
    return () => {
      counting -= 1;
      if (counting > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  // A new instant may come between two ticks.
  return <span class="numbers">{countDown(Date.parse(until), Math.max(tick.value, serverNow()))}</span>;
}
