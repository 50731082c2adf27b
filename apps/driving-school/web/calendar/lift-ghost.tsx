import { Icon } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { rowMinutes } from './calendar-axis.ts';
import type { Column } from './calendar-layout.ts';
import { proposalAt } from './calendar-move.ts';
import { clockTextAt } from './calendar-text.ts';
import type { LessonMover } from './lesson-mover.ts';

/** The lifted lesson where it would be dropped, with the verdict on that place. Rendered alone for each step. */
export function LiftGhost({
  mover,
  columns,
  zone,
}: {
  readonly mover: LessonMover;
  readonly columns: readonly Column[];
  readonly zone: string;
}): JSX.Element | null {
  const { lift } = mover;
  const ref = useRef<HTMLDivElement>(null);
  const isByKeys = lift?.by === 'keys';
  useEffect(() => {
    if (isByKeys) ref.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [isByKeys, lift?.place.column, lift?.place.row]);
  if (lift === undefined) return null;
  const { lesson, place, verdict, state } = lift;
  const proposal = proposalAt(lesson, place, columns);
  const [from, to] = [proposal?.starts_at, proposal?.ends_at];
  const times = from === undefined || to === undefined ? '' : `${clockTextAt(from, zone)}–${clockTextAt(to, zone)}`;
  const verdictKind = state === 'sending' ? 'sending' : (verdict?.kind ?? 'checking');
  const isQuiet = verdictKind === 'free' || verdictKind === 'checking';
  return (
    <div
      ref={ref}
      class="lift-ghost"
      data-verdict={verdictKind}
      // The live region says the same.
      aria-hidden="true"
      style={{
        gridColumn: place.column + 2,
        top: `${place.row}rem`,
        height: `${Math.max(lesson.minutes / rowMinutes, 1.5)}rem`,
      }}
    >
      <strong>{lesson.student_name}</strong>
      <span class="numbers">{state === 'sending' ? 'Saving…' : times}</span>
      {!isQuiet && verdict !== undefined && state !== 'sending' && (
        <span class="lift-why">
          <Icon name={verdict.kind === 'refused' ? 'danger' : 'warning'} />
          {verdict.text}
        </span>
      )}
    </div>
  );
}
