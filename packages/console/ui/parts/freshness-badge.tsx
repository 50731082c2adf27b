import { Badge } from '@dualbrake/kit';
import type { StatusShape } from '@dualbrake/kit';
import type { Tone } from '@dualbrake/kit';
import type { Freshness } from '../live/freshness.ts';
import type { Live } from '../live/live.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText } from '../words/words.ts';

/** Never a number without its age. */
export function FreshnessBadge({ live }: { readonly live: Live }) {
  const ageMs = live.ageMs.value;
  const asOf = `as of ${clockText(serverNow() - ageMs)}`;
  const seconds = Math.round(ageMs / 1_000);
  const looks: Readonly<Record<Freshness, { tone: Tone; shape: StatusShape; text: string }>> = {
    connecting: { tone: 'neutral', shape: 'dotted', text: 'Connecting…' },
    live:
      live.way.value === 'stream'
        ? { tone: 'success', shape: 'circle', text: `Live · ${asOf}` }
        : { tone: 'info', shape: 'ring', text: `Every 5 s · ${asOf}` },
    lagging: { tone: 'warning', shape: 'hourglass', text: `${seconds} s old` },
    stale: { tone: 'danger', shape: 'hourglass', text: `Stale: ${seconds} s old` },
  };
  const { tone, shape, text } = looks[live.freshness.value];
  return (
    <span class="freshness numbers">
      <Badge tone={tone} shape={shape}>
        {text}
      </Badge>
    </span>
  );
}
