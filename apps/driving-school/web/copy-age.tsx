import { Badge, RelativeTime } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { schoolAheadMs } from './school-clock.ts';

/** Marks data that is a copy, with its age by the school's clock: `Copy from 14:05 (3 min ago)`. */
export function CopyAge({ asOf }: { readonly asOf: string }): JSX.Element {
  return (
    <Badge tone="warning" shape="hourglass">
      <span>
        Copy from <RelativeTime instant={asOf} form="both" aheadMs={-schoolAheadMs.value} />
      </span>
    </Badge>
  );
}
