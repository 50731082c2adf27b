import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { hasContent } from './has-content.ts';
import { Icon } from './icon.tsx';

/**
 * A native modal dialog: the page behind it is inert, Escape closes it, and the focus returns to where it was.
 * Open while rendered: `onClose` must stop rendering it.
 */
export function Dialog({
  title,
  onClose,
  footer,
  wide = false,
  busy = false,
  disabledReason,
  children,
}: {
  readonly title: string;
  /** Called by Escape and by the close button. */
  readonly onClose: () => void;
  /** The buttons, the main one last. */
  readonly footer?: ComponentChildren;
  /** Why the action of the dialog is not available now. Shown above the buttons, because page banners are hidden. */
  readonly disabledReason?: string | undefined;
  /** For tables and long text. */
  readonly wide?: boolean;
  /** The action is running: the dialog does not close. */
  readonly busy?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  const titleId = useId();
  const dialogRef = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = dialogRef.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser returns the focus only when a dialog is closed before it is removed.
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialogRef}
      class={`dialog${wide ? ' dialog-wide' : ''}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) onClose();
      }}
    >
      <div class="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <Button variant="quiet" size="small" icon="close" iconOnly onClick={() => !busy && onClose()}>
          Close
        </Button>
      </div>
      <div class="dialog-body">{children}</div>
      {disabledReason !== undefined && (
        <p class="dialog-closed field-warning" role="status">
          <Icon name="warning" />
          <span>{disabledReason}</span>
        </p>
      )}
      {hasContent(footer) && <div class="dialog-footer">{footer}</div>}
    </dialog>
  );
}

/** Asks for confirmation. The children name the object, the consequence and how to undo it. */
export function ConfirmDialog({
  title,
  confirmLabel,
  cancelLabel = 'Cancel',
  danger = false,
  busy = false,
  disabledReason,
  onConfirm,
  onClose,
  children,
}: {
  readonly title: string;
  /** Names the action: `Archive student`, never `OK`. */
  readonly confirmLabel: string;
  /** Default: `Cancel`. */
  readonly cancelLabel?: string;
  /** The action is hard to undo: the confirm button is red. */
  readonly danger?: boolean;
  /** The action is running: the dialog does not close. */
  readonly busy?: boolean;
  /** Why the action is not available now. Disables the confirm button. */
  readonly disabledReason?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={busy}
      disabledReason={disabledReason}
      footer={
        <>
          <Button onClick={() => !busy && onClose()}>{cancelLabel}</Button>
          <Button
            variant={danger ? 'danger' : 'primary'}
            busy={busy}
            disabledReason={disabledReason}
            onClick={onConfirm}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
