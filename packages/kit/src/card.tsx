import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

/** A section with a heading and a frame. `flush` leaves the inside without padding, for tables and data lists. */
export function Card({
  title,
  actions,
  flush = false,
  children,
}: {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly flush?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const titleId = useId();
  return (
    <section class="card" aria-labelledby={titleId}>
      <div class="card-header">
        <h2 id={titleId}>{title}</h2>
        {actions !== undefined && <div class="card-actions">{actions}</div>}
      </div>
      {flush ? children : <div class="card-body">{children}</div>}
    </section>
  );
}
