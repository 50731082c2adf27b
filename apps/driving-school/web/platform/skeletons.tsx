import { Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';

/** Placeholder of a table that is loading. */
export function SkeletonRows({ rows = 4 }: { readonly rows?: number }): JSX.Element {
  return (
    <div class="loading-rows" role="status">
      <span class="visually-hidden">Loading…</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row}>
          {/* Different widths, as in a real table. */}
          <Skeleton width={`${36 + ((row * 7) % 22)}%`} />
          <Skeleton width="5rem" />
        </div>
      ))}
    </div>
  );
}

/** Placeholder of a card's content that is loading. */
export function SkeletonCard({ lines = 2 }: { readonly lines?: number }): JSX.Element {
  return (
    <div class="loading-card" role="status">
      <span class="visually-hidden">Loading…</span>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} width={`${40 + ((line * 17) % 40)}%`} />
      ))}
    </div>
  );
}
