import type { BreakerView, OverviewView, SessionView } from '../../src/contract.ts';
import { denialOf } from '../live/denied.ts';
import { breakerOrder, overrideOrder, releaseOrder } from './breaker-orders.ts';
import type { Intent } from './intent.ts';

/** An order that a breaker takes, as a button or a key offers it. */
export interface BreakerChoice {
  readonly key: 'release' | 'probe' | 'isolated' | 'reset' | 'trip' | 'held_closed';
  readonly label: string;
  /** Why it cannot be given now, in a sentence; nothing when it can. */
  readonly closed: string | undefined;
  /** Whether it makes sense in the breaker's state. */
  readonly fits: boolean;
  readonly intent: () => Intent;
}

/** Every order that a breaker takes, with those that this person may not give, and why. */
export function breakerChoices(
  breaker: BreakerView,
  session: SessionView | undefined,
  report: OverviewView | undefined,
): readonly BreakerChoice[] {
  const { circuit, override } = breaker;
  const denied = denialOf(session, 'breaker:order');
  const isOpen = circuit !== 'closed';
  return [
    {
      key: 'release',
      label: 'Release…',
      closed: denied,
      fits: override !== null,
      intent: () => releaseOrder(breaker, report),
    },
    {
      key: 'probe',
      label: 'Half-open now…',
      closed: denied ?? (isOpen ? undefined : 'Only an open breaker can be half-opened.'),
      fits: isOpen,
      intent: () => breakerOrder(breaker, 'probe', report),
    },
    {
      key: 'isolated',
      label: 'Isolate…',
      closed: denied ?? (override?.mode === 'isolated' ? 'This breaker is already isolated.' : undefined),
      fits: override?.mode !== 'isolated',
      intent: () => overrideOrder(breaker, 'isolated', report),
    },
    {
      key: 'reset',
      label: 'Close and reset…',
      closed: denied,
      fits: isOpen,
      intent: () => breakerOrder(breaker, 'reset', report),
    },
    { key: 'trip', label: 'Trip…', closed: denied, fits: false, intent: () => breakerOrder(breaker, 'trip', report) },
    {
      key: 'held_closed',
      label: 'Hold closed…',
      closed: denialOf(session, 'breaker:hold-closed'),
      fits: false,
      intent: () => overrideOrder(breaker, 'held_closed', report),
    },
  ];
}
