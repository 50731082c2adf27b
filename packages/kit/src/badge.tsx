import type { ComponentChildren, JSX } from 'preact';
import { Shape, type StatusShape } from './status-mark.tsx';
import type { Tone } from './tone.ts';

/** A word or two about something, in a pill. */
export function Badge({
  tone = 'neutral',
  shape,
  children,
}: {
  /** Default: `neutral`. */
  readonly tone?: Tone;
  /** A status shape before the words. */
  readonly shape?: StatusShape;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`badge tone-${tone}`}>
      {shape !== undefined && <Shape shape={shape} />}
      {children}
    </span>
  );
}
