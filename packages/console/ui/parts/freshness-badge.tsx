import { Badge, type StatusShape, type Tone } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import type { Freshness } from '../live/freshness.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText } from '../words/words.ts';

/** How old the shown values are. */
export function FreshnessBadge() {
  const { live } = useConsole();
  const ageMs = live.ageMs.value;
  const asOf = `as of ${clockText(serverNow() - ageMs)}`;
  const seconds = Math.round(ageMs / 1_000);
  const isStreaming = live.mode.value === 'stream';
  const badges: Readonly<Record<Freshness, readonly [Tone, StatusShape, text: string]>> = {
    connecting: ['neutral', 'dotted', 'Connecting…'],
    live: isStreaming ? ['success', 'circle', `Live · ${asOf}`] : ['info', 'ring', `Every 5 s · ${asOf}`],
    lagging: ['warning', 'hourglass', `${seconds} s old`],
    stale: ['danger', 'hourglass', `Stale: ${seconds} s old`],
  };
  const [tone, shape, text] = badges[live.freshness.value];
  return (
    <span class="freshness numbers">
      <Badge tone={tone} shape={shape}>
        {text}
      </Badge>
    </span>
  );
}
