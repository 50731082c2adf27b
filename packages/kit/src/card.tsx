import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { hasContent } from './has-content.ts';

/** A framed section with a heading. */
export function Card({
  title,
  actions,
  flush = false,
  children,
}: {
  readonly title: string;
  /** Buttons and links beside the heading. */
  readonly actions?: ComponentChildren;
  /** Without padding, for tables and data lists. */
  readonly flush?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const titleId = useId();
  return (
    <section class="card" aria-labelledby={titleId}>
      <div class="card-header">
        <h2 id={titleId}>{title}</h2>
        {hasContent(actions) && <div class="card-actions">{actions}</div>}
      </div>
      {flush ? children : <div class="card-body">{children}</div>}
    </section>
  );
}
