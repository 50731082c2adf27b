import type { Clock } from 'dualbrake';

/** Runs something periodically, in the background. @returns stops it */
export function every(periodMs: number, act: () => void, clock: Clock): () => void {
  let cancel: (() => void) | undefined;
  const arm = (): void => {
    cancel = clock.after(periodMs, () => (arm(), act()), { background: true });
  };
  arm();
  return () => cancel?.();
}
