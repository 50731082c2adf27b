import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '@dualbrake/kit';

/** The button below a list that shows more of it. */
export function More({
  children,
  ...button
}: Readonly<{ onClick: () => void; 'aria-expanded'?: boolean; children: ComponentChildren }>) {
  return (
    <div class="more">
      <Button variant="quiet" size="small" {...button}>
        {children}
      </Button>
    </div>
  );
}

/** The first items of a list, and the button that shows all of them. */
export function useShowAll<Item>(
  items: readonly Item[],
  limit: number,
): { readonly shown: readonly Item[]; readonly toggle: VNode | false } {
  const [all, setAll] = useState(false);
  return {
    shown: all ? items : items.slice(0, limit),
    toggle: items.length > limit && (
      <More aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? 'Show fewer' : `Show all ${items.length}`}
      </More>
    ),
  };
}
