import { announce, Button, Dialog } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { idleSecondsLeft } from './idle.ts';
import { stayHere } from './session.ts';

/** Asks people who have done nothing for long whether they are still there. Any key or click is an answer. */
export function IdleDialog(): JSX.Element | null {
  const seconds = idleSecondsLeft.value;
  const shown = seconds !== undefined && seconds > 0;
  useEffect(() => {
    if (!shown) return undefined;
    announce('You are about to be signed out. Press any key to stay signed in.');
    const stay = (): void => stayHere();
    addEventListener('keydown', stay, true);
    addEventListener('pointerdown', stay, true);
    return () => {
      removeEventListener('keydown', stay, true);
      removeEventListener('pointerdown', stay, true);
    };
  }, [shown]);
  if (!shown) return null;
  return (
    <Dialog
      title="Are you still there?"
      onClose={stayHere}
      footer={
        <Button variant="primary" onClick={stayHere}>
          Stay signed in
        </Button>
      }
    >
      <p>
        You will be signed out in <strong class="numbers">{durationText(seconds)}</strong>, because there has been no
        activity here for a while. What you have typed stays on the page.
      </p>
    </Dialog>
  );
}

function durationText(seconds: number): string {
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}
