import type { CircuitState, TransitionTrigger } from '../events.ts';
import type { CircuitMemory } from './circuit.ts';
import type { WindowTotals } from './window.ts';

/** A change of state, as it is remembered. */
export interface RecordedTransition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly trigger: TransitionTrigger;
  readonly reason: string;
  /** Clock reading. */
  readonly at: number;
}

/** A person's order that holds for a while, above what the circuit thinks. */
export interface StandingOrder {
  readonly kind: 'isolate' | 'hold-closed';
  readonly reason: string;
  readonly actor: string | undefined;
  /** Clock reading. */
  readonly at: number;
  /** Clock reading. */
  readonly endsAt: number;
}

/** What `save` returns and `restore` takes: plain data. All times are relative to the moment of saving. */
export interface CircuitBreakerState extends CircuitMemory {
  readonly version: 1;
  readonly name: string;
  readonly reason: string;
  /** Since when it has not been closed. */
  readonly openForMs: number | undefined;
  readonly window: WindowTotals;
  readonly order:
    | {
        readonly kind: StandingOrder['kind'];
        readonly reason: string;
        readonly actor: string | undefined;
        readonly sinceMs: number;
        readonly endsInMs: number;
      }
    | undefined;
}

/** Whether something is what `save` returned, perhaps by way of a file that anybody may have written to. */
export function isCircuitBreakerState(value: unknown): value is CircuitBreakerState {
  if (typeof value !== 'object' || value === null) return false;
  const { version, name, state, reason, openForMs, window, order, ...times }: Partial<CircuitBreakerState> = value;
  return (
    version === 1 &&
    typeof name === 'string' &&
    (state === 'closed' || state === 'open' || state === 'half-open') &&
    typeof reason === 'string' &&
    [times.sinceMs, times.testsInMs, times.failuresInARow, times.failedRecoveries].every(isAmount) &&
    (openForMs === undefined || isAmount(openForMs)) &&
    [window?.calls, window?.failures, window?.slow].every(isAmount) &&
    (order === undefined || isOrder(order))
  );
}

function isOrder(order: unknown): boolean {
  const { kind, reason, actor, sinceMs, endsInMs }: Partial<NonNullable<CircuitBreakerState['order']>> = Object(order);
  return (
    (kind === 'isolate' || kind === 'hold-closed') &&
    typeof reason === 'string' &&
    (actor === undefined || typeof actor === 'string') &&
    isAmount(sinceMs) &&
    isAmount(endsInMs)
  );
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
