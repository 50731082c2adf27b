import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';
import { Spinner } from './progress.tsx';

type Variant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'danger-quiet';

interface Appearance {
  /** `primary` for the main action of a page, one at most. Default: `secondary`. */
  readonly variant?: Variant;
  /** Default: `medium`. */
  readonly size?: 'medium' | 'small';
  /** Shown before the label. */
  readonly icon?: IconName;
  /** The label. */
  readonly children: ComponentChildren;
}

/** Shows only the icon; the label stays as accessible name and as tooltip. */
interface IconOnly {
  readonly icon: IconName;
  readonly iconOnly: true;
}

type ButtonProps = Appearance & (IconOnly | { readonly iconOnly?: false }) & ButtonAttributes;

interface ButtonAttributes {
  /** Default: `button`, so that a button in a form does not submit it by accident. */
  readonly type?: 'button' | 'submit';
  readonly onClick?: (event: MouseEvent) => void;
  /** The action is running: shows a spinner, keeps the focus and ignores clicks. */
  readonly busy?: boolean;
  /** Why the action is not available now, as a sentence. Disables the button, which can still be focused to read it. */
  readonly disabledReason?: string | undefined;
  readonly id?: string;
  readonly autofocus?: boolean;
  readonly 'aria-label'?: string;
  readonly 'aria-expanded'?: boolean;
  readonly 'aria-controls'?: string;
  readonly 'aria-pressed'?: boolean;
  readonly 'aria-describedby'?: string;
}

/** Performs an action. Use `LinkButton` for navigation. */
export function Button({
  variant,
  size,
  icon,
  iconOnly,
  children,
  type = 'button',
  onClick,
  busy = false,
  disabledReason,
  'aria-describedby': describedBy,
  ...rest
}: ButtonProps): JSX.Element {
  const reasonId = useId();
  const closed = disabledReason !== undefined;
  // aria-disabled instead of disabled: the reason can be reached by keyboard, and a busy button keeps the focus.
  return (
    <>
      <button
        {...rest}
        type={type}
        class={classNames(variant, size, iconOnly)}
        aria-disabled={closed || busy ? 'true' : undefined}
        aria-busy={busy ? 'true' : undefined}
        aria-describedby={closed ? reasonId : describedBy}
        title={closed ? disabledReason : iconOnly && typeof children === 'string' ? children : undefined}
        onClick={(event) => {
          if (closed || busy) event.preventDefault();
          else onClick?.(event);
        }}
      >
        <Content icon={icon} iconOnly={iconOnly} busy={busy}>
          {children}
        </Content>
      </button>
      {closed && (
        <span id={reasonId} hidden>
          {disabledReason}
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
  children,
  href,
  download,
}: Appearance & {
  readonly href: string;
  /** Downloads the target under this file name. */
  readonly download?: string;
}): JSX.Element {
  return (
    <a class={classNames(variant, size)} href={href} download={download}>
      <Content icon={icon}>{children}</Content>
    </a>
  );
}

function Content({
  icon,
  iconOnly = false,
  busy = false,
  children,
}: {
  readonly icon: IconName | undefined;
  readonly iconOnly?: boolean | undefined;
  readonly busy?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
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
