export { callBoundsMs, Histogram, recoveryBoundsMs, type HistogramSnapshot } from '../histogram.ts';
export type { BreakerRecorder, CallOutcome, CallRecorder, Rejection, RetryRecorder } from '../recorder.ts';
export { BreakerRecord, type Counted } from './breaker-record.ts';
export type { DurationKind, DurationListener, RecordedDuration } from './duration.ts';
export { OTHER_TYPES, type ErrorCount, type ErrorSample } from './error-counts.ts';
export { Measurement, OVERFLOW, type MeasurementOptions } from './measurement.ts';
export { OutcomeLog, type LoggedOutcome } from './outcome-log.ts';
export { replay, type ReplayOptions, type ReplayResult } from './replay.ts';
export { RetryRecord, retryEndings, type AttemptRow, type Funnel, type RetryEnding } from './retry-record.ts';
