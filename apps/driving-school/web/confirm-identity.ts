import { signal } from '@preact/signals';

/** A sensitive action that waits until the user has confirmed their identity. */
export interface PendingConfirmation {
  readonly settle: (confirmed: boolean) => void;
}

/** Set while a sensitive action waits for `account/confirm-identity-dialog.tsx`. */
export const pendingConfirmation = signal<PendingConfirmation | undefined>(undefined);

let running: Promise<boolean> | undefined;

/**
 * Asks the user for their password or a code. Several actions at once share one dialog.
 *
 * @returns whether the user has confirmed their identity
 */
export function confirmIdentity(): Promise<boolean> {
  running ??= new Promise<boolean>((resolve) => {
    pendingConfirmation.value = { settle: resolve };
  }).finally(() => {
    pendingConfirmation.value = undefined;
    running = undefined;
  });
  return running;
}
