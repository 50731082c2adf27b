import { Badge, RelativeTime } from '@dualbrake/kit';
import type { JSX } from 'preact';

/** Marks data that is a copy, with its age: `Copy from 14:05 (3 min ago)`. */
export function CopyAge({ asOf }: { readonly asOf: string }): JSX.Element {
  return (
    <Badge tone="warning" shape="hourglass">
      <span>
        Copy from <RelativeTime instant={asOf} form="both" />
      </span>
    </Badge>
  );
}
