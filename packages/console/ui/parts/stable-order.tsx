import { useRef, useState } from 'preact/hooks';
import { Button } from '@dualbrake/kit';

/**
 * Rows keep their places while the pointer or the focus is among them: nobody clicks on what has just moved there.
 * What changes in a row is shown at once; new rows come at the end.
 */
export function useStableOrder<Row>(
  rows: readonly Row[],
  idOf: (row: Row) => string,
): {
  readonly ordered: readonly Row[];
  /** For the element around the rows. */
  readonly hold: Readonly<Record<'onMouseEnter' | 'onMouseLeave' | 'onFocusIn' | 'onFocusOut', (event: Event) => void>>;
  /** How many rows would stand elsewhere. */
  readonly moved: number;
  readonly apply: () => void;
} {
  const order = useRef<readonly string[]>([]);
  const [held, setHeld] = useState({ pointer: false, focus: false });
  const wanted = rows.map(idOf);
  const isHeld = held.pointer || held.focus;
  const [, redraw] = useState(0);
  if (!isHeld || order.current.length === 0) order.current = wanted;
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  const kept = order.current.filter((id) => byId.has(id));
  const shown = [...kept, ...wanted.filter((id) => !order.current.includes(id))];
  return {
    ordered: shown.flatMap((id) => byId.get(id) ?? []),
    moved: shown.filter((id, place) => wanted[place] !== id).length,
    apply: () => {
      order.current = wanted;
      redraw((count) => count + 1);
    },
    hold: {
      onMouseEnter: () => setHeld((now) => ({ ...now, pointer: true })),
      onMouseLeave: () => setHeld((now) => ({ ...now, pointer: false })),
      onFocusIn: () => setHeld((now) => ({ ...now, focus: true })),
      onFocusOut: (event) => {
        const { currentTarget, relatedTarget } = event as FocusEvent;
        if (!(currentTarget as Element).contains(relatedTarget as Node | null))
          setHeld((now) => ({ ...now, focus: false }));
      },
    },
  };
}

/** Offers the new order while the old one is kept. */
export function OrderChip({ moved, apply }: { readonly moved: number; readonly apply: () => void }) {
  if (moved === 0) return null;
  return (
    <Button size="small" icon="refresh" onClick={apply}>
      {`${moved} row${moved === 1 ? '' : 's'} moved: sort again`}
    </Button>
  );
}
