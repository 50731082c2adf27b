import { signal } from '@preact/signals';
import type { JSX } from 'preact';

const announcement = signal({ text: '', turn: 0 });

/** Announces `text` to screen readers, politely. A new text replaces one that has not been read yet. */
export function announce(text: string): void {
  announcement.value = { text, turn: announcement.value.turn + 1 };
}

/** The element that `announce` writes to. Render it once, outside everything that is replaced; `AppShell` includes it. */
export function LiveRegion(): JSX.Element {
  const { text, turn } = announcement.value;
  // The no-break space makes a repeated text a change, so that screen readers read it again.
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {turn % 2 === 0 ? text : `${text}\u00A0`}
    </div>
  );
}
