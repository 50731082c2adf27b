import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '@dualbrake/kit';

/** The first items of a list, and the button that shows all of them. */
export function useShowAll<Item>(
  items: readonly Item[],
  limit: number,
): { readonly shown: readonly Item[]; readonly toggle: VNode | false } {
  const [all, setAll] = useState(false);
  return {
    shown: all ? items : items.slice(0, limit),
    toggle: items.length > limit && (
      <Button variant="quiet" size="small" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? 'Show fewer' : `Show all ${items.length}`}
      </Button>
    ),
  };
}
