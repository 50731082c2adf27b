import { clockTimeText } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { isDemonstration, schoolNow, watchClock } from './school-clock.ts';

/** The line on every page while the school's clock is set for a demonstration. */
export function DemonstrationBanner(): JSX.Element | null {
  return isDemonstration.value ? <SetClock /> : null;
}

function SetClock(): JSX.Element {
  useEffect(() => watchClock(), []);
  return (
    <p class="demonstration">
      <strong>Demonstration:</strong> the school’s clock is set to {setTimeText(schoolNow.value)}.
    </p>
  );
}

/** With the date and the year: compared with 1970, which is never the set year. */
function setTimeText(nowMs: number): string {
  return clockTimeText(nowMs, 0);
}
