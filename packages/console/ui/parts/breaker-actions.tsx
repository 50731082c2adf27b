import { Button } from '@dualbrake/kit';
import type { BreakerView } from '../../src/contract.ts';
import { openAction } from '../actions/action.ts';
import { breakerChoices, type BreakerChoice } from '../actions/breaker-actions.ts';
import { useConsole } from '../live/context.ts';

/** Buttons that open the dialogs of a breaker's actions. Unavailable ones explain why. */
export function BreakerActions({ breaker, all = false }: Readonly<{ breaker: BreakerView; all?: boolean }>) {
  const { live } = useConsole();
  // An override that is already in effect isn't offered again.
  const inEffect = breaker.override?.mode === 'held_closed' ? 'hold_closed' : 'isolate';
  const isShown = ({ name, fits }: BreakerChoice): boolean =>
    fits || (all && name !== 'release' && name !== 'isolate' && name !== inEffect);
  return (
    <div class="button-row">
      {breakerChoices(breaker, live.session.value, live.report.value)
        .filter(isShown)
        .map(({ name, label, closed, open }) => (
          <Button
            key={name}
            size="small"
            aria-label={`${label.replace('…', '')} ${breaker.name}`}
            closedReason={closed}
            onClick={() => openAction(open())}
          >
            {label}
          </Button>
        ))}
    </div>
  );
}
