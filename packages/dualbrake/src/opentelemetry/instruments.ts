import type { Meter, Observable } from '@opentelemetry/api';
import * as breaker from '../prometheus/breaker-series.ts';
import { errorCounts } from '../prometheus/error-series.ts';
import type { Labels, Sample } from '../prometheus/metric.ts';
import { budgetsRemaining, retryAttempts, retryOperations } from '../prometheus/retry-series.ts';
import type { Snapshot } from '../prometheus/snapshot.ts';

/** An instrument that is asked when metrics are collected. */
export interface ObservedInstrument {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: 'counter' | 'up-down-counter' | 'gauge';
  /** Labels of Prometheus, and the attributes that they are here. */
  readonly attributes: Labels;
  readonly samples: (snapshot: Snapshot) => readonly Sample[];
}

const breakerId = { breaker: 'recovery.breaker.id' } as const;
const retryId = { policy: 'recovery.retry.id' } as const;

/** Everything that is counted elsewhere and only asked for here. */
export const observedInstruments: readonly ObservedInstrument[] = [
  {
    name: 'recovery.breaker.state',
    unit: '{breaker}',
    description: 'Whether a circuit breaker is in this state: 1 for exactly one state of each breaker.',
    kind: 'up-down-counter',
    attributes: { ...breakerId, state: 'recovery.breaker.state' },
    samples: breaker.breakerStates,
  },
  {
    name: 'recovery.breaker.override',
    unit: '{breaker}',
    description: 'Whether an order of this kind stands above a circuit breaker.',
    kind: 'up-down-counter',
    attributes: { ...breakerId, mode: 'recovery.breaker.override.mode' },
    samples: breaker.breakerOverrides,
  },
  {
    name: 'recovery.breaker.transitions',
    unit: '{transition}',
    description: 'Changes of state of a circuit breaker.',
    kind: 'counter',
    attributes: {
      ...breakerId,
      from: 'recovery.breaker.transition.from',
      to: 'recovery.breaker.transition.to',
      trigger: 'recovery.breaker.transition.trigger',
    },
    samples: breaker.breakerTransitions,
  },
  {
    name: 'recovery.breaker.calls',
    unit: '{call}',
    description: 'Calls that came to a circuit breaker, by what they came to.',
    kind: 'counter',
    attributes: { ...breakerId, outcome: 'recovery.breaker.call.outcome' },
    samples: breaker.breakerCalls,
  },
  {
    name: 'recovery.breaker.probes',
    unit: '{call}',
    description: 'Calls that tested an open circuit, by what they came to. They are among the calls as well.',
    kind: 'counter',
    attributes: { ...breakerId, outcome: 'recovery.breaker.probe.outcome' },
    samples: breaker.breakerProbes,
  },
  {
    name: 'recovery.breaker.window.call.count',
    unit: '{call}',
    description: 'Calls in the window by which a circuit breaker judges.',
    kind: 'up-down-counter',
    attributes: breakerId,
    samples: breaker.windowCalls,
  },
  {
    name: 'recovery.breaker.window.failure.utilization',
    unit: '1',
    description: 'Share of failed calls in the window by which a circuit breaker judges, 0 to 1.',
    kind: 'gauge',
    attributes: breakerId,
    samples: breaker.windowFailureRatios,
  },
  {
    name: 'recovery.retry.operations',
    unit: '{operation}',
    description: 'Operations under a retry that have ended, by what they came to.',
    kind: 'counter',
    attributes: { ...retryId, outcome: 'recovery.retry.operation.outcome' },
    samples: retryOperations,
  },
  {
    name: 'recovery.retry.attempts',
    unit: '{attempt}',
    description: 'Attempts of a retry that have ended, by their number and by what they came to.',
    kind: 'counter',
    attributes: { ...retryId, attempt: 'recovery.retry.attempt.number', outcome: 'recovery.retry.attempt.outcome' },
    samples: retryAttempts,
  },
  {
    name: 'recovery.retry.budget.utilization',
    unit: '1',
    description: 'Share of the retries that first attempts have earned and that is used, 0 to 1.',
    kind: 'gauge',
    attributes: retryId,
    samples: (snapshot) => budgetsRemaining(snapshot).map(({ labels, value }) => ({ labels, value: 1 - value })),
  },
  {
    name: 'recovery.errors',
    unit: '{error}',
    description: 'Errors that a circuit breaker or retry has seen, by class and by the rule that classified them.',
    kind: 'counter',
    attributes: { source: 'recovery.error.source', class: 'recovery.error.class', error_type: 'error.type' },
    samples: errorCounts,
  },
];

/**
 * The SDK repeats what it was told last of something that is not told any more. A breaker that has been removed must not
 * stay open for ever, nor its window full of failures, so both are 0 from then on; of so many series at most.
 */
const TOLD_MAX = 5_000;

/**
 * Lets a meter ask for all of them at each collection.
 *
 * @param now takes a snapshot
 * @returns ends it
 */
export function observeInstruments(meter: Meter, now: () => Snapshot): () => void {
  const observed = observedInstruments.map((instrument) => ({
    ...instrument,
    observable: make(meter, instrument),
    told: new Map<string, Labels>(),
  }));
  const observables = observed.map(({ observable }) => observable);
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const snapshot = now();
    for (const { observable, attributes, samples, kind, told } of observed) {
      const gone = new Map(told);
      for (const { labels, value } of samples(snapshot)) {
        const seen = attributesOf(labels, attributes);
        result.observe(observable, value, seen);
        // A sum stays what it is.
        if (kind === 'counter') continue;
        const name = JSON.stringify(seen);
        gone.delete(name);
        if (told.size < TOLD_MAX) told.set(name, seen);
      }
      for (const seen of gone.values()) result.observe(observable, 0, seen);
    }
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}

function make(meter: Meter, { name, unit, description, kind }: ObservedInstrument): Observable {
  const options = { unit, description };
  if (kind === 'counter') return meter.createObservableCounter(name, options);
  if (kind === 'gauge') return meter.createObservableGauge(name, options);
  return meter.createObservableUpDownCounter(name, options);
}

function attributesOf(labels: Labels, names: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [names[label] ?? label, value]));
}
