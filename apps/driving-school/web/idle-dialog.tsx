import { announce, Button, Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { idleSecondsLeft } from './idle.ts';
import { extendSession } from './session.ts';

/** Warns before an idle session ends. Any key or click extends it. */
export function IdleDialog(): JSX.Element | null {
  const seconds = idleSecondsLeft.value;
  const shown = seconds !== undefined && seconds > 0;
  useEffect(() => {
    if (!shown) return undefined;
    announce('You’re about to be signed out. Press any key to stay signed in.');
    addEventListener('keydown', extendSession, true);
    addEventListener('pointerdown', extendSession, true);
    return () => {
      removeEventListener('keydown', extendSession, true);
      removeEventListener('pointerdown', extendSession, true);
    };
  }, [shown]);
  if (!shown) return null;
  return (
    <Dialog
      title="Are you still there?"
      onClose={extendSession}
      footer={
        <Button variant="primary" onClick={extendSession}>
          Stay signed in
        </Button>
      }
    >
      <p>
        You’ll be signed out in <strong class="numbers">{durationText(seconds)}</strong>, because there has been no
        activity for a while. Unsaved changes stay on this page.
      </p>
    </Dialog>
  );
}

function durationText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
