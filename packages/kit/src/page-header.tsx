import type { ComponentChildren, JSX } from 'preact';
import { Icon } from './icon.tsx';

/** The top of a page: where it belongs, its one `h1`, what stands beside the title, and what can be done. */
export function PageHeader({
  title,
  beside,
  description,
  back,
  actions,
}: {
  readonly title: ComponentChildren;
  readonly beside?: ComponentChildren;
  readonly description?: ComponentChildren;
  readonly back?: { readonly href: string; readonly label: string };
  readonly actions?: ComponentChildren;
}): JSX.Element {
  return (
    <header class="page-header">
      {back !== undefined && (
        <a class="back-link" href={back.href}>
          <Icon name="arrow-left" />
          {back.label}
        </a>
      )}
      <div class="page-header-line">
        <div class="page-title">
          <h1 tabIndex={-1}>{title}</h1>
          {beside}
        </div>
        {actions !== undefined && <div class="button-row">{actions}</div>}
      </div>
      {description !== undefined && <div class="page-description">{description}</div>}
    </header>
  );
}
