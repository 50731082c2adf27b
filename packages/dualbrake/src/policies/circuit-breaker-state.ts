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
