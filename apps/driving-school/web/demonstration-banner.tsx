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

/** With the date and the zone of this device, because the school may be in another. */
function setTimeText(nowMs: number): string {
  return new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(nowMs);
}
