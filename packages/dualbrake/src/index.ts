export { setAmbientContext, type AmbientContext } from './ambient.ts';
export { attemptsOf, type Attempt, type AttemptList } from './attempts.ts';
export {
  AutoRecovery,
  breakerService,
  type AutoRecoveryOptions,
  type BreakerServiceOptions,
  type RecoverableService,
} from './auto-recovery.ts';
export type { Call, CallContext, Next, Operation } from './call.ts';
export type { CallOptions } from './call-options.ts';
export type { Classification, Classifier, ClassifyContext, ErrorClass } from './classification.ts';
export { classify } from './classify/classify.ts';
export {
  createClassifier,
  type AdjustableClassifier,
  type ClassifierOptions,
  type ClassifierRule,
  type Override,
} from './classify/create-classifier.ts';
export { classificationTable, type ClassificationRow, type ClassificationSource } from './classify/table.ts';
export type { AsyncErrorCondition, ErrorCondition, ErrorPattern } from './classify/condition.ts';
export { sleep, systemClock, type Alarm, type Clock, type TimerOptions } from './clock.ts';
export {
  BulkheadFullError,
  CallTimeoutError,
  CircuitBreakerOpenError,
  DeadlineExceededError,
  FallbackFailedError,
  HedgeSupersededError,
  InvalidSettingsError,
  RateLimitError,
  RecoveryError,
  RefusedError,
  ResultFailedError,
} from './errors.ts';
export type {
  ChangedEvent,
  CheckEvent,
  CircuitState,
  ControlEvent,
  EventSource,
  FallbackEvent,
  GaveUpEvent,
  HedgeEvent,
  PolicyEvent,
  RecoveryEvent,
  RefusedEvent,
  RetryEvent,
  StopReason,
  TimeoutEvent,
  TransitionEvent,
  TransitionTrigger,
} from './events.ts';
export type { Outcome, OutcomeFacts } from './execution.ts';
export { Histogram, type HistogramSnapshot } from './histogram.ts';
export type { Host, HostOptions } from './host.ts';
export { Pipeline, pipeline, type FallbackOf, type Layer } from './pipeline.ts';
export type { Gate, Places, Policy } from './policy.ts';
export type { Jitter } from './policies/backoff.ts';
export { Bulkhead, bulkhead, type BulkheadOptions } from './policies/bulkhead.ts';
export { CircuitBreaker, circuitBreaker } from './policies/circuit-breaker.ts';
export type { BreakerRule, CircuitBreakerOptions, ResultJudge } from './policies/circuit-breaker-options.ts';
export type { BreakerList } from './policies/breaker-list.ts';
export type {
  CircuitBreakerState,
  RecordedTransition,
  SavedTransition,
  StandingOrder,
} from './policies/circuit-breaker-state.ts';
export type { WindowKind } from './policies/circuit-settings.ts';
export type { SavedBuckets, SavedCalls, SavedWindow } from './policies/window.ts';
export { Fallback, fallback, type Answer, type FallbackConditions, type FallbackOptions } from './policies/fallback.ts';
export { Hedge, hedge, type HedgeOptions } from './policies/hedge.ts';
export { KeyedBreakers, keyedBreakers, type KeyedBreakersOptions } from './policies/keyed-breakers.ts';
export { Measure, measure, type MeasureOptions } from './policies/measure.ts';
export { RateLimit, rateLimit, type RateLimitOptions } from './policies/rate-limit.ts';
export type { AttemptBudget } from './policies/attempt-budget.ts';
export { Retry, retry, type RetryOptions } from './policies/retry.ts';
export { RetryBudget, retryBudget, type RetryBudgetOptions } from './policies/retry-budget.ts';
export type { RetryRule } from './policies/retry-rule.ts';
export { StaleCache, staleCache, type Stale, type StaleCacheOptions } from './policies/stale-cache.ts';
export { Timeout, timeout, type TimeoutOptions } from './policies/timeout.ts';
export { remainingMs } from './remaining.ts';
export {
  defaultRegistry,
  Registry,
  type ControlOptions,
  type GroupReport,
  type MemberReport,
  type RegistryOptions,
} from './registry.ts';
export {
  isOfKind,
  type BulkheadReport,
  type CircuitBreakerReport,
  type FallbackReport,
  type FaultInjectionReport,
  type HedgeReport,
  type KeyedBreakersReport,
  type MeasureReport,
  type MemberOfKind,
  type RateLimitReport,
  type ReportByKind,
  type RetryBudgetReport,
  type RetryReport,
  type StaleCacheReport,
  type TimeoutReport,
} from './reports.ts';
export { Settings, type SettingProblem, type SettingSpec, type SettingsSpec, type ValuesOf } from './settings.ts';
export type { Change, Control, Order, ReportValue, Steerable } from './steerable.ts';
export type { Streamable } from './stream-attempt.ts';
export type { StreamedItem, StreamOperation } from './stream.ts';
