import { signal } from '@preact/signals';
import type { Intent } from './intent.ts';

/** The order that is being asked about; the dialog is open as long as there is one. */
export const currentOrder = signal<Intent | undefined>(undefined);

/** Opens the dialog. Nothing is done before somebody confirms there. */
export function ask(intent: Intent): void {
  currentOrder.value = intent;
}
