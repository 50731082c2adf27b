/** What took as long: a call of a breaker, a recovery of one, or an attempt, an operation or a wait of a retry. */
export type DurationKind = 'call-success' | 'call-failure' | 'recovery' | 'attempt' | 'operation' | 'delay';

/** Hears a duration at the moment at which it is recorded. */
export type RecordedDuration = (kind: DurationKind, durationMs: number) => void;

/** The same for a whole measurement. @param id of the breaker or retry, or `OVERFLOW` */
export type DurationListener = (id: string, kind: DurationKind, durationMs: number) => void;
