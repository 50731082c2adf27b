import type { ComponentChildren, JSX } from 'preact';
import { hasContent } from './has-content.ts';
import { Icon } from './icon.tsx';

/** The top of a page, with its only `h1`. */
export function PageHeader({
  title,
  beside,
  description,
  back,
  actions,
}: {
  readonly title: ComponentChildren;
  /** Shown beside the title, such as a status. */
  readonly beside?: ComponentChildren;
  /** A sentence below the title. */
  readonly description?: ComponentChildren;
  /** Link to the parent page, above the title. */
  readonly back?: { readonly href: string; readonly label: string };
  /** Buttons and links at the end of the title's line. */
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
        {hasContent(actions) && <div class="button-row">{actions}</div>}
      </div>
      {hasContent(description) && <div class="page-description">{description}</div>}
    </header>
  );
}
