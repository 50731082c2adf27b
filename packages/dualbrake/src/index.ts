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
export type { Classification, Classifier, ClassifyContext, ErrorClass } from './classification.ts';
export { classify, createClassifier } from './classify/classify.ts';
export { sleep, systemClock, type Clock, type TimerOptions } from './clock.ts';
export {
  CallTimeoutError,
  CircuitBreakerOpenError,
  DeadlineExceededError,
  FallbackFailedError,
  InvalidSettingsError,
  RecoveryError,
  RefusedError,
} from './errors.ts';
export type {
  ChangedEvent,
  CheckEvent,
  CircuitState,
  ControlEvent,
  EventSource,
  FallbackEvent,
  GaveUpEvent,
  PolicyEvent,
  RecoveryEvent,
  RefusedEvent,
  RetryEvent,
  StopReason,
  TimeoutEvent,
  TransitionEvent,
  TransitionTrigger,
} from './events.ts';
export type { Host, HostOptions } from './host.ts';
export { Pipeline, pipeline, type FallbackOf, type Layer, type Outcome, type OutcomeFacts } from './pipeline.ts';
export type { Policy } from './policy.ts';
export type { Jitter } from './policies/backoff.ts';
export {
  CircuitBreaker,
  circuitBreaker,
  type CircuitBreakerOptions,
  type RecordedTransition,
} from './policies/circuit-breaker.ts';
export { Fallback, fallback, type FallbackOptions } from './policies/fallback.ts';
export { Retry, retry, type RetryOptions } from './policies/retry.ts';
export { Timeout, timeout, type TimeoutOptions } from './policies/timeout.ts';
export {
  defaultRegistry,
  Registry,
  type ControlOptions,
  type GroupReport,
  type MemberReport,
  type RegistryOptions,
} from './registry.ts';
export { Settings, type SettingSpec, type SettingsSpec, type ValuesOf } from './settings.ts';
export type { Change, Control, Order, ReportValue, Steerable } from './steerable.ts';
