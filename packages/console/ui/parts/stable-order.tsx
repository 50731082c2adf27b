import type { HTMLAttributes, JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Button } from '@dualbrake/kit';

/**
 * Rows keep their positions while the pointer or the focus is among them, so that nobody clicks on a row that has just
 * moved. Changes within a row are shown at once; new rows are appended.
 */
export function useStableOrder<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
): {
  readonly ordered: readonly Row[];
  /** For the element around the rows. */
  readonly hold: Pick<HTMLAttributes<HTMLElement>, 'onMouseEnter' | 'onMouseLeave' | 'onFocusIn' | 'onFocusOut'>;
  /** Offers to sort again, once rows have moved. */
  readonly sortButton: JSX.Element | false;
} {
  const order = useRef<readonly string[]>([]);
  const [held, setHeld] = useState({ pointer: false, focus: false });
  const [, redraw] = useState(0);
  const wanted = rows.map(idOf);
  if ((!held.pointer && !held.focus) || order.current.length === 0) order.current = wanted;
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const kept = order.current.filter((id) => byId.has(id));
  const shown = [...kept, ...wanted.filter((id) => !order.current.includes(id))];
  const moved = shown.filter((id, index) => wanted[index] !== id).length;
  const sort = (): void => {
    order.current = wanted;
    redraw((count) => count + 1);
  };
  return {
    ordered: shown.flatMap((id) => byId.get(id) ?? []),
    sortButton: moved > 0 && (
      <Button size="small" icon="refresh" onClick={sort}>
        {`${moved} row${moved === 1 ? '' : 's'} moved: sort again`}
      </Button>
    ),
    hold: {
      onMouseEnter: () => setHeld((now) => ({ ...now, pointer: true })),
      onMouseLeave: () => setHeld((now) => ({ ...now, pointer: false })),
      onFocusIn: () => setHeld((now) => ({ ...now, focus: true })),
      onFocusOut: ({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) setHeld((now) => ({ ...now, focus: false }));
      },
    },
  };
}
