import { callBoundsMs, recoveryBoundsMs } from '../histogram.ts';
import * as breaker from './breaker-series.ts';
import { errorCounts, faultsInjected } from './error-series.ts';
import { metric, type Metric } from './metric.ts';
import * as retry from './retry-series.ts';
import type { Snapshot } from './snapshot.ts';
import { packageVersion } from '../version.ts';
import type { SecondsAt } from './wall-times.ts';

/**
 * Every metric of a registry.
 *
 * @param now takes a snapshot; one scrape may ask for many
 */
export function recoveryMetrics(now: () => Snapshot, secondsAt: SecondsAt): readonly Metric[] {
  const faults = faultsInjected();
  return [
    metric({
      name: 'recovery_breaker_state',
      help: 'Whether a circuit breaker is in this state: 1 for exactly one state of each breaker.',
      type: 'gauge',
      collect: () => breaker.breakerStates(now()),
    }),
    metric({
      name: 'recovery_breaker_override',
      help: 'Whether an order of this kind stands above a circuit breaker.',
      type: 'gauge',
      collect: () => breaker.breakerOverrides(now()),
    }),
    metric({
      name: 'recovery_breaker_override_expiry_timestamp_seconds',
      help: 'When the order that stands above a circuit breaker ends.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => breaker.overrideExpiries(now(), secondsAt),
    }),
    metric({
      name: 'recovery_breaker_transitions_total',
      help: 'Changes of state of a circuit breaker.',
      type: 'counter',
      collect: () => breaker.breakerTransitions(now()),
    }),
    metric({
      name: 'recovery_breaker_last_transition_timestamp_seconds',
      help: 'When a circuit breaker last changed its state.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => breaker.lastTransitions(now(), secondsAt),
    }),
    metric({
      name: 'recovery_breaker_calls_total',
      help: 'Calls that came to a circuit breaker, by what they came to.',
      type: 'counter',
      collect: () => breaker.breakerCalls(now()),
    }),
    metric({
      name: 'recovery_breaker_call_duration_seconds',
      help: 'How long the calls took that a circuit breaker let through.',
      type: 'histogram',
      boundsMs: callBoundsMs,
      collect: () => breaker.callDurations(now()),
    }),
    metric({
      name: 'recovery_breaker_window_calls',
      help: 'Calls in the window by which a circuit breaker judges.',
      type: 'gauge',
      collect: () => breaker.windowCalls(now()),
    }),
    metric({
      name: 'recovery_breaker_window_failure_ratio',
      help: 'Share of failed calls in the window by which a circuit breaker judges, 0 to 1.',
      type: 'gauge',
      aggregator: 'average',
      collect: () => breaker.windowFailureRatios(now()),
    }),
    metric({
      name: 'recovery_breaker_failure_ratio_threshold',
      help: 'Share of failed calls in the window at which a circuit breaker opens, 0 to 1.',
      type: 'gauge',
      aggregator: 'average',
      collect: () => breaker.failureRatioThresholds(now()),
    }),
    metric({
      name: 'recovery_breaker_recovery_duration_seconds',
      help: 'Time from the first opening of a circuit breaker until it was closed again.',
      type: 'histogram',
      boundsMs: recoveryBoundsMs,
      collect: () => breaker.recoveryDurations(now()),
    }),
    metric({
      name: 'recovery_breaker_probes_total',
      help: 'Calls that tested an open circuit, by what they came to. They are among the calls as well.',
      type: 'counter',
      collect: () => breaker.breakerProbes(now()),
    }),
    metric({
      name: 'recovery_retry_operations_total',
      help: 'Operations under a retry that have ended, by what they came to.',
      type: 'counter',
      collect: () => retry.retryOperations(now()),
    }),
    metric({
      name: 'recovery_retry_attempts_total',
      help: 'Attempts of a retry that have ended, by their number and by what they came to.',
      type: 'counter',
      collect: () => retry.retryAttempts(now()),
    }),
    metric({
      name: 'recovery_retry_attempt_duration_seconds',
      help: 'How long single attempts of a retry took.',
      type: 'histogram',
      boundsMs: callBoundsMs,
      collect: () => retry.attemptDurations(now()),
    }),
    metric({
      name: 'recovery_retry_operation_duration_seconds',
      help: 'How long operations under a retry took, with all attempts and waits.',
      type: 'histogram',
      boundsMs: callBoundsMs,
      collect: () => retry.operationDurations(now()),
    }),
    metric({
      name: 'recovery_retry_delay_seconds',
      help: 'How long a retry meant to wait before it tried again.',
      type: 'histogram',
      boundsMs: callBoundsMs,
      collect: () => retry.retryDelays(now()),
    }),
    metric({
      name: 'recovery_retry_budget_remaining_ratio',
      help: 'Share of the retries that is left of those that first attempts have earned, 0 to 1.',
      type: 'gauge',
      aggregator: 'average',
      collect: () => retry.budgetsRemaining(now()),
    }),
    metric({
      name: 'recovery_errors_total',
      help: 'Errors that a circuit breaker or retry has seen, by class and by the rule that classified them.',
      type: 'counter',
      collect: () => errorCounts(now()),
    }),
    metric({
      name: 'recovery_faults_injected_total',
      help: 'Calls that failed on purpose, in a drill.',
      type: 'counter',
      collect: () => faults(now()),
    }),
    metric({
      name: 'recovery_build_info',
      help: 'Versions of dualbrake and of Node.js.',
      type: 'gauge',
      aggregator: 'first',
      collect: () => [{ labels: { version: packageVersion, node: nodeVersion() }, value: 1 }],
    }),
  ];
}

function nodeVersion(): string {
  return typeof process === 'undefined' ? 'unknown' : process.versions.node;
}
