import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import type { Tone } from './tone.ts';

const icons: Record<Tone, IconName> = {
  neutral: 'info',
  info: 'info',
  success: 'check',
  warning: 'warning',
  danger: 'danger',
};

/** Tells something that concerns the whole page or form, in a sentence or two. */
export function Banner({
  tone = 'info',
  title,
  icon,
  wide = false,
  role,
  actions,
  children,
}: {
  readonly tone?: Tone;
  readonly title: string;
  readonly icon?: IconName;
  /** From edge to edge, under the header. */
  readonly wide?: boolean;
  /** `alert` only for the answer to what the user has just done. */
  readonly role?: 'alert' | 'status';
  readonly actions?: ComponentChildren;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`banner tone-${tone}${wide ? ' banner-wide' : ''}`} role={role}>
      <Icon name={icon ?? icons[tone]} />
      <div class="banner-text">
        <p class="banner-title">{title}</p>
        {children}
      </div>
      {actions !== undefined && <div class="button-row">{actions}</div>}
    </div>
  );
}
