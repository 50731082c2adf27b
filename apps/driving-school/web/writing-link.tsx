import { Button, type IconName, LinkButton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { disabledReason } from './session.ts';

/** A link to a page that saves changes. While saving is not possible, a disabled button with the reason. */
export function WritingLink({
  href,
  icon,
  variant = 'secondary',
  children,
}: {
  readonly href: string;
  readonly icon: IconName;
  readonly variant?: 'primary' | 'secondary';
  readonly children: string;
}): JSX.Element {
  return disabledReason.value === undefined ? (
    <LinkButton href={href} icon={icon} variant={variant}>
      {children}
    </LinkButton>
  ) : (
    <Button icon={icon} variant={variant} disabledReason={disabledReason.value}>
      {children}
    </Button>
  );
}
