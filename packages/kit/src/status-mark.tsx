import type { ComponentChildren, JSX } from 'preact';
import type { Tone } from './tone.ts';

/** One shape per meaning, so that a status can be recognized without colour. */
export type StatusShape =
  'circle' | 'square' | 'half' | 'triangle' | 'hexagon' | 'dotted' | 'hourglass' | 'ring' | 'check';

/** A status as a shape and words, both in the colour of its tone. */
export function StatusMark({
  shape,
  tone,
  children,
}: {
  readonly shape: StatusShape;
  readonly tone: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`status-mark tone-${tone}`}>
      <Shape shape={shape} />
      <span>{children}</span>
    </span>
  );
}

/** Only the shape of a status, on a 12 × 12 grid: for legends, badges and favicons. */
export function Shape({ shape }: { readonly shape: StatusShape }): JSX.Element {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true">
      {drawings[shape]}
    </svg>
  );
}

const outline = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5 } as const;

const drawings: Record<StatusShape, JSX.Element> = {
  circle: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  square: <rect x="1" y="1" width="10" height="10" rx="1.5" fill="currentColor" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4.25" {...outline} />
      <path d="M6 1.75a4.25 4.25 0 0 0 0 8.5Z" fill="currentColor" />
    </>
  ),
  triangle: <path d="M6 .9 11.6 11H.4Z" fill="currentColor" />,
  hexagon: <path d="M3.2 1h5.6l2.8 5-2.8 5H3.2L.4 6Z" fill="currentColor" />,
  dotted: <circle cx="6" cy="6" r="4.25" {...outline} stroke-dasharray="1.7 1.64" />,
  hourglass: <path d="M2 1h8L6.9 6 10 11H2l3.1-5Z" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="4.25" {...outline} />,
  check: <path d="m1.75 6.5 2.75 2.75 5.75-6.5" {...outline} stroke-linecap="round" stroke-linejoin="round" />,
};
