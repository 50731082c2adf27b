import type { ComponentChildren, JSX } from 'preact';
import { hasContent } from './has-content.ts';
import { Icon, type IconName } from './icon.tsx';

/** Shown in place of content that is missing: why there is none, and what to do next. */
export function EmptyState({
  icon = 'search',
  title,
  actions,
  children,
}: {
  /** Default: `search`. */
  readonly icon?: IconName;
  readonly title: string;
  /** Buttons and links below the text. */
  readonly actions?: ComponentChildren;
  /** One paragraph: inline content only. */
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty-state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {hasContent(children) && <p>{children}</p>}
      {hasContent(actions) && <div class="button-row">{actions}</div>}
    </div>
  );
}
