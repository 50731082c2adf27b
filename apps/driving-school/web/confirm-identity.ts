import { signal } from '@preact/signals';

/** A sensitive act that waits until the person has proved who they are. */
export interface PendingProof {
  /** The proof was given, or not. */
  readonly settle: (proven: boolean) => void;
}

/** Set while a sensitive act waits. The dialog in `account/confirm-identity-dialog.tsx` answers it. */
export const pendingProof = signal<PendingProof | undefined>(undefined);

let asking: Promise<boolean> | undefined;

/** Asks the person for the password or a code. Several acts at once ask once. @returns whether it was given */
export function askForProof(): Promise<boolean> {
  asking ??= new Promise<boolean>((resolve) => {
    pendingProof.value = { settle: resolve };
  }).finally(() => {
    pendingProof.value = undefined;
    asking = undefined;
  });
  return asking;
}
