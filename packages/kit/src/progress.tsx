import type { JSX } from 'preact';

/** A spinning ring for work in progress. Add text that says what is running. */
export function Spinner(): JSX.Element {
  return (
    <svg class="spinner" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <circle cx="8" cy="8" r="6" stroke="currentColor" stroke-width="2" opacity="0.25" />
      <path d="M14 8a6 6 0 0 0-6-6" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}

/** A placeholder for a line of text that is loading. */
export function Skeleton({
  width = '100%',
}: {
  /** A CSS length. Default: `100%`. */
  readonly width?: string;
}): JSX.Element {
  return <span class="skeleton" style={{ width }} aria-hidden="true" />;
}

/** A thin line, animated while `active`. It always takes up its height, so nothing below it moves. */
export function ProgressLine({ active }: { readonly active: boolean }): JSX.Element {
  return <div class="progress-line" data-active={active ? '' : undefined} aria-hidden="true" />;
}
