import type { BreakerView } from '../../src/contract.ts';
import { Button } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { breakerChoices, type BreakerChoice } from '../orders/breaker-choices.ts';
import { ask } from '../orders/current-order.ts';

/** The orders that a breaker takes; each opens a dialog. Those that make no sense now, or are not allowed, say why. */
export function BreakerActions({ breaker, all = false }: { readonly breaker: BreakerView; readonly all?: boolean }) {
  const { live } = useConsole();
  const { name, override } = breaker;
  // What an override already does is not offered again, not even among all orders.
  const isShown = ({ key, fits }: BreakerChoice): boolean =>
    fits || (all && key !== 'release' && key !== 'isolated' && key !== override?.mode);
  return (
    <div class="button-row status-actions">
      {breakerChoices(breaker, live.session.value, live.report.value)
        .filter(isShown)
        .map(({ key, label, closed, intent }) => (
          <Button
            key={key}
            size="small"
            aria-label={`${label.replace('…', '')} ${name}`}
            closedReason={closed}
            onClick={() => ask(intent())}
          >
            {label}
          </Button>
        ))}
    </div>
  );
}
