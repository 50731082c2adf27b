import CircuitBreaker from 'opossum';
import type { Adapter, Breaker, BreakerOptions, Library, Operation } from '../adapter.ts';
import { mockedTime, realTime, type Time } from '../time.ts';

/** A breaker with everything else built in: its timeout, its capacity and its fallback are guards here, too. */
export const opossum: Library = {
  name: 'opossum',
  open: (kind) => adapterOf(kind === 'real' ? realTime() : mockedTime()),
};

/** Never more than all calls fail, so this never opens: for guards that are not asked to be breakers. */
const never = { errorThresholdPercentage: 100, timeout: false } as const;

/** Documented, and not in the types. */
const coalescing = { coalesce: true, coalesceResetOn: ['error', 'success', 'timeout'] };

function adapterOf(time: Time): Adapter {
  return {
    time,
    takesSignals: false,
    breaker: (options = {}) => breakerOf(circuitOf(options)),
    breakersOfOneOptionsObject(failures) {
      const options: CircuitBreaker.Options = { volumeThreshold: failures, resetTimeout: 1_000, timeout: false };
      const keys = Object.keys(options).length;
      return {
        first: breakerOf(new CircuitBreaker(callIt, options)),
        second: breakerOf(new CircuitBreaker(callIt, options)),
        isUntouched: () => Object.keys(options).length === keys,
      };
    },
    breakerAroundBulkhead: (failures, limit) =>
      breakerOf(circuitOf({ failures, ignores: hasCode('ESEMLOCKED') }, { capacity: limit })),
    timeout(limitMs, onTimeout) {
      const circuit = new CircuitBreaker(callIt, {
        ...never,
        timeout: limitMs,
        abortController: new AbortController(),
        autoRenewAbortController: true,
      });
      circuit.on('timeout', () => onTimeout?.());
      return breakerOf(circuit);
    },
    // Its own order: nobody waits, so there is no other.
    bulkheadAroundTimeout: (limit, limitMs) =>
      breakerOf(new CircuitBreaker(callIt, { ...never, capacity: limit, timeout: limitMs })),
    sharing: () => breakerOf(new CircuitBreaker(callIt, { ...never, ...coalescing })),
    fallback({ answer, ignoresWhenTold }) {
      const circuit = new CircuitBreaker(callIt, {
        ...never,
        ...(ignoresWhenTold && { errorFilter: ignoresWhenTold }),
      });
      circuit.fallback((...given: unknown[]) => answer(given.at(-1)));
      return breakerOf(circuit);
    },
  };
}

/** What comes with a call: its signal, and that of its caller, which no option takes and a filter may see. */
interface Context {
  readonly signal: AbortSignal | undefined;
  readonly caller: AbortSignal | undefined;
}

/** What each circuit guards: the operation comes with the call. Not async, so that the circuit gets it as it is. */
function callIt(operation: Operation, context: Context): Promise<unknown> {
  return operation(context) as Promise<unknown>;
}

type Circuit = CircuitBreaker<Parameters<typeof callIt>, unknown>;

function breakerOf(circuit: Circuit): Breaker {
  return {
    execute: (operation, caller) => circuit.fire(operation, { signal: signalOf(circuit), caller }),
    get state() {
      return circuit.halfOpen ? 'half-open' : circuit.opened ? 'open' : 'closed';
    },
  };
}

/** Documented, and not in the types. */
function signalOf(circuit: Circuit): AbortSignal | undefined {
  return (circuit as Circuit & { getSignal(): AbortSignal | undefined }).getSignal();
}

function circuitOf(options: BreakerOptions, more: CircuitBreaker.Options = {}): Circuit {
  const { failures = 3, window, resetMs = 1_000, ownLimitMs, onChange } = options;
  const errorFilter = filterOf(options);
  const circuit = new CircuitBreaker(callIt, {
    resetTimeout: resetMs,
    timeout: ownLimitMs ?? false,
    volumeThreshold: window?.minimumCalls ?? failures,
    errorThresholdPercentage: window?.percent ?? 50,
    ...(window && { rollingCountTimeout: window.ms }),
    ...(errorFilter && { errorFilter }),
    ...more,
  });
  circuit.on('open', () => onChange?.('open'));
  circuit.on('halfOpen', () => onChange?.('half-open'));
  circuit.on('close', () => onChange?.('closed'));
  return circuit;
}

/** The types know the first argument alone; documented are the arguments of the call as well. */
type ErrorFilter = (error: unknown, operation?: Operation, context?: Context) => boolean;

function filterOf({ ignores, ignoresWhenTold, judge }: BreakerOptions): ErrorFilter | undefined {
  if (ignoresWhenTold === undefined) return ignores ?? (judge as typeof ignores);
  return (error, _operation, context) => ignoresWhenTold(error, context?.caller);
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && error.code === code;
}
