import type { BreakerView } from '../../src/contract.ts';
import { Button } from '../../kit/index.ts';
import { useConsole } from '../live/context.ts';
import { useDenied } from '../live/denied.ts';
import { breakerOrder, overrideOrder, releaseOrder } from '../orders/breaker-orders.ts';
import { ask } from '../orders/current-order.ts';
import type { Intent } from '../orders/intent.ts';

/** The orders that a breaker takes; each opens a dialog. Those that make no sense now, or are not allowed, say why. */
export function BreakerActions({ breaker, all = false }: { readonly breaker: BreakerView; readonly all?: boolean }) {
  const { live } = useConsole();
  const denied = useDenied('breaker:order');
  const deniedHold = useDenied('breaker:hold-closed');
  const report = live.report.value;
  const { name, circuit, override } = breaker;
  const orders: readonly (readonly [
    label: string,
    key: string,
    closed: string | undefined,
    intent: () => Intent,
    shown: boolean,
  ])[] = [
    ['Release…', 'release', denied, () => releaseOrder(breaker, report), override !== null],
    [
      'Half-open now…',
      'probe',
      denied ?? (circuit === 'closed' ? 'Only an open breaker waits for a test.' : undefined),
      () => breakerOrder(breaker, 'probe', report),
      all || circuit !== 'closed',
    ],
    ['Isolate…', 'isolated', denied, () => overrideOrder(breaker, 'isolated', report), override?.mode !== 'isolated'],
    ['Close and reset…', 'reset', denied, () => breakerOrder(breaker, 'reset', report), all || circuit !== 'closed'],
    ['Trip…', 'trip', denied, () => breakerOrder(breaker, 'trip', report), all],
    [
      'Hold closed…',
      'held_closed',
      deniedHold,
      () => overrideOrder(breaker, 'held_closed', report),
      all && override?.mode !== 'held_closed',
    ],
  ];
  return (
    <div class="button-row status-actions">
      {orders
        .filter(([, , , , shown]) => shown)
        .map(([label, key, closed, intent]) => (
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
