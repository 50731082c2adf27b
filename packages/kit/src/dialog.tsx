import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/**
 * A native modal dialog: the page behind is inert, Escape closes, focus goes back to where it was.
 * It is shown as long as it is rendered; `onClose` must take it away. While `busy` it does not close.
 */
export function Dialog({
  title,
  onClose,
  footer,
  wide = false,
  busy = false,
  closedReason,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly footer?: ComponentChildren;
  /** Why what the dialog is for can't be done now. Shown above the buttons: banners of the page are behind. */
  readonly closedReason?: string | undefined;
  readonly wide?: boolean;
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
      // The browser gives the focus back only when the dialog itself is closed before it leaves the page.
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
      {closedReason !== undefined && (
        <p class="dialog-closed field-warning" role="status">
          <Icon name="warning" />
          <span>{closedReason}</span>
        </p>
      )}
      {footer !== undefined && <div class="dialog-footer">{footer}</div>}
    </dialog>
  );
}

/** Asks before something that matters. The children say object, consequence and way back. */
export function ConfirmDialog({
  title,
  confirmLabel,
  cancelLabel = 'Cancel',
  danger = false,
  busy = false,
  closedReason,
  onConfirm,
  onClose,
  children,
}: {
  readonly title: string;
  /** The verb of the question: `Archive student`, never `OK`. */
  readonly confirmLabel: string;
  readonly cancelLabel?: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly closedReason?: string | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={busy}
      closedReason={closedReason}
      footer={
        <>
          <Button onClick={() => !busy && onClose()}>{cancelLabel}</Button>
          <Button variant={danger ? 'danger' : 'primary'} busy={busy} closedReason={closedReason} onClick={onConfirm}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
