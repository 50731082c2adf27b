import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

/** What stands where there is nothing: what that means, and what to do next. */
export function EmptyState({
  icon = 'search',
  title,
  actions,
  children,
}: {
  readonly icon?: IconName;
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="empty-state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {actions !== undefined && <div class="button-row">{actions}</div>}
    </div>
  );
}
