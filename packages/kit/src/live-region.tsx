import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const spoken = signal({ text: '', turn: 0 });

/** Says `text` to screen readers, politely. A new sentence replaces one that has not been said yet. */
export function announce(text: string): void {
  spoken.value = { text, turn: spoken.value.turn + 1 };
}

/** Where `announce` speaks. Put it once into the page, outside everything that is swapped. */
export function LiveRegion(): JSX.Element {
  const { text, turn } = spoken.value;
  // The no-break space makes the same sentence, said twice, a change that is read again.
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {turn % 2 === 0 ? text : `${text}\u00A0`}
    </div>
  );
}
