import { RelativeTime } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { clockAheadMs, serverNow } from '../live/server-clock.ts';
import { countDown } from '../words/words.ts';

/** An instant on the server's clock: `3 min ago`, or `14:05 (3 min ago)`. */
export function Time({ instant, form }: Readonly<{ instant: string; form?: 'relative' | 'both' }>) {
  return <RelativeTime instant={instant} aheadMs={clockAheadMs.value} {...(form && { form })} />;
}

/** Counts down to an instant on the server's clock. */
export function CountDown({ until }: Readonly<{ until: string }>) {
  const { live } = useConsole();
  // Read so that the text is rendered again every second.
  void live.ageMs.value;
  return <span class="numbers">{countDown(Date.parse(until), serverNow())}</span>;
}
