import { useEffect, useState } from 'preact/hooks';
import { RelativeTime } from '../../kit/index.ts';
import { clockAheadMs, serverNow } from '../live/server-clock.ts';
import { countDown } from '../words/words.ts';

/** An instant of the server: `14:05 (3 min ago)`, or its distance alone. */
export function Time({ instant, form }: { readonly instant: string; readonly form?: 'relative' | 'both' }) {
  return <RelativeTime instant={instant} aheadMs={clockAheadMs.value} {...(form && { form })} />;
}

/** Counts down to an instant of the server, once a second. */
export function CountDown({ until }: { readonly until: string }) {
  const [now, setNow] = useState(serverNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, []);
  // A new instant may come between two ticks.
  return <span class="numbers">{countDown(Date.parse(until), Math.max(now, serverNow()))}</span>;
}
