import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { Spinner } from './progress.tsx';

type Variant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-quiet';

interface Look {
  /** `primary` for the one main action of a page; `secondary` is the default. */
  readonly variant?: Variant;
  readonly size?: 'medium' | 'small';
  readonly icon?: IconName;
  /** Shows the icon alone; the children stay as the accessible name. */
  readonly iconOnly?: boolean;
  readonly children: ComponentChildren;
}

export interface ButtonProps extends Look {
  /** `button` is the default: a button in a form does not send it by accident. */
  readonly type?: 'button' | 'submit';
  readonly onClick?: (event: MouseEvent) => void;
  /** Work is under way: the button keeps its place and its focus, and a second click does nothing. */
  readonly busy?: boolean;
  /** A sentence. While given, the button is closed, can still be reached, and says why. */
  readonly closedReason?: string | undefined;
  readonly id?: string;
  readonly autofocus?: boolean;
  readonly 'aria-label'?: string;
  readonly 'aria-expanded'?: boolean;
  readonly 'aria-controls'?: string;
  readonly 'aria-pressed'?: boolean;
  readonly 'aria-describedby'?: string;
}

/** Does something here. For going somewhere use `LinkButton`. */
export function Button({
  variant,
  size,
  icon,
  iconOnly,
  children,
  type = 'button',
  onClick,
  busy = false,
  closedReason,
  'aria-describedby': describedBy,
  ...rest
}: ButtonProps): JSX.Element {
  const reasonId = useId();
  const closed = closedReason !== undefined;
  // aria-disabled and not disabled: the reason stays reachable by keyboard, and focus is not lost when work begins.
  return (
    <>
      <button
        {...rest}
        type={type}
        class={classNames(variant, size, iconOnly)}
        aria-disabled={closed || busy ? 'true' : undefined}
        aria-busy={busy ? 'true' : undefined}
        aria-describedby={closed ? reasonId : describedBy}
        title={closed ? closedReason : iconOnly && typeof children === 'string' ? children : undefined}
        onClick={(event) => {
          if (closed || busy) event.preventDefault();
          else onClick?.(event);
        }}
      >
        <Face icon={icon} iconOnly={iconOnly} busy={busy}>
          {children}
        </Face>
      </button>
      {closed && (
        <span id={reasonId} hidden>
          {closedReason}
        </span>
      )}
    </>
  );
}

/** A link that looks like a button. */
export function LinkButton({
  variant,
  size,
  icon,
  iconOnly,
  children,
  href,
  download,
}: Look & { readonly href: string; readonly download?: string }): JSX.Element {
  return (
    <a class={classNames(variant, size, iconOnly)} href={href} download={download}>
      <Face icon={icon} iconOnly={iconOnly} busy={false}>
        {children}
      </Face>
    </a>
  );
}

function Face(props: {
  readonly icon: IconName | undefined;
  readonly iconOnly: boolean | undefined;
  readonly busy: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { icon, iconOnly, busy, children } = props;
  return (
    <>
      {busy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      <span class={iconOnly ? 'visually-hidden' : undefined}>{children}</span>
    </>
  );
}

function classNames(variant: Variant = 'secondary', size: 'medium' | 'small' = 'medium', iconOnly = false): string {
  return `button button-${variant}${size === 'small' ? ' button-small' : ''}${iconOnly ? ' button-icon-only' : ''}`;
}
