import type { JSX } from 'preact';

/** Turns while something is under way. The words beside it say what. */
export function Spinner(): JSX.Element {
  return (
    <svg class="spinner" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" stroke-width="2" opacity="0.25" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}

/** The shape of text that is on its way. `width` is any CSS length. */
export function Skeleton({ width = '100%' }: { readonly width?: string }): JSX.Element {
  return <span class="skeleton" style={{ width }} aria-hidden="true" />;
}

/** A thin line that moves while `active`; it always takes its two pixels, so nothing jumps. */
export function ProgressLine({ active }: { readonly active: boolean }): JSX.Element {
  return <div class="progress-line" data-active={active ? '' : undefined} aria-hidden="true" />;
}
