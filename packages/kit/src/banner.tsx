import type { ComponentChildren, JSX } from 'preact';
import { hasContent } from './has-content.ts';
import { Icon, type IconName } from './icon.tsx';
import type { Tone } from './tone.ts';

const icons: Record<Tone, IconName> = {
  neutral: 'info',
  info: 'info',
  success: 'check',
  warning: 'warning',
  danger: 'danger',
};

/** A message about the whole page or form, in a sentence or two. */
export function Banner({
  tone = 'info',
  title,
  icon,
  wide = false,
  role,
  actions,
  children,
}: {
  /** Default: `info`. */
  readonly tone?: Tone;
  readonly title: string;
  /** Default: the icon of the tone. */
  readonly icon?: IconName;
  /** Full width without a frame, for the `banner` of `AppShell`. */
  readonly wide?: boolean;
  /** Announces the banner when it appears. `alert` only for the result of something the user has just done. */
  readonly role?: 'alert' | 'status';
  /** Buttons and links, at the end. */
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
      {hasContent(actions) && <div class="button-row">{actions}</div>}
    </div>
  );
}
