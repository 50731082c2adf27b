import type { CircuitState, TransitionTrigger } from '../events.ts';
import { MOST_RAMP_CREDIT, type CircuitMemory } from './circuit.ts';
import { LONGEST_AGE_MS, type SavedBuckets, type SavedCalls, type SavedWindow } from './window.ts';

/**
 * A past state change of a circuit breaker.
 *
 * @example
 * ```ts
 * const last: RecordedTransition | undefined = circuitBreaker().transitions.at(-1);
 * if (last !== undefined) log.info(`${last.from} to ${last.to}: ${last.reason}`);
 * ```
 */
export interface RecordedTransition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** What caused it: the circuit's own rules, an operator, a health check or another process. */
  readonly trigger: TransitionTrigger;
  /** In words. Contains nothing from an error's message. */
  readonly reason: string;
  /** When it happened, as a clock reading in milliseconds. */
  readonly at: number;
}

/**
 * An operator's override: for a limited time, it decides instead of the circuit.
 *
 * @example
 * ```ts
 * const breaker = circuitBreaker({ name: 'students-db' });
 * breaker.isolate('database maintenance', 600_000);
 * const override: StandingOrder | undefined = breaker.standingOrder;
 * if (override !== undefined) log.info(`${override.kind}: ${override.reason}`);
 * ```
 */
export interface StandingOrder {
  /** `isolate` refuses every call, `hold-closed` lets every call through. */
  readonly kind: 'isolate' | 'hold-closed';
  readonly reason: string;
  readonly actor: string | undefined;
  /** When it was set, as a clock reading in milliseconds. */
  readonly at: number;
  /** When it expires, as a clock reading in milliseconds. */
  readonly endsAt: number;
}

/**
 * The state that `save` returns and `restore` accepts: plain JSON. All times are relative to the moment of saving.
 *
 * @example
 * ```ts
 * const breaker = new CircuitBreaker({ name: 'students-db' });
 * const state: CircuitBreakerState = breaker.save();
 * const text = JSON.stringify(state);
 * breaker.restore(JSON.parse(text) as CircuitBreakerState, 1_500);
 * ```
 */
export interface CircuitBreakerState extends CircuitMemory {
  /**
   * Format version. `save` writes 2. `restore` still reads 1, which had none of the optional fields, no ages and no order
   * of calls.
   */
  readonly version: 1 | 2;
  readonly name: string;
  readonly reason: string;
  /** Milliseconds since it opened, if it has not closed since; otherwise `undefined`. */
  readonly openForMs: number | undefined;
  /** Why it opened then. */
  readonly openedReason?: string;
  readonly window: SavedWindow;
  /** Consecutive failures by rule, in the order of the rules; absent if there are none. */
  readonly ruleRuns?: readonly number[];
  /** The last two state changes at most, oldest first: for a half-open circuit, what opened it and the last one. */
  readonly transitions?: readonly SavedTransition[];
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

/**
 * A state change in saved state, with its age instead of a clock reading.
 *
 * @example
 * ```ts
 * const saved = new CircuitBreaker().save();
 * const last: SavedTransition | undefined = saved.transitions?.at(-1);
 * ```
 */
export interface SavedTransition extends Omit<RecordedTransition, 'at'> {
  /** Milliseconds before the moment of saving. */
  readonly agoMs: number;
}

/** Longest text that is saved and restored, in UTF-16 code units. */
const TEXT_MAX = 10_000;
/** State changes that are saved: for a half-open circuit, what opened it and the last one. */
const TRANSITIONS_SAVED = 2;
/** The most calls that a count window can hold. */
const OUTCOMES_MAX = 100_000;
const BUCKETS_MAX = 10;
const RULES_MAX = 100_000;
/** Longest time that a breaker stays open: the longest reset time, stretched by chance. */
const LONGEST_MS = 2 * Number.MAX_SAFE_INTEGER;
/** How long an order may hold: one that nobody remembers is worse than none. A week. */
export const LONGEST_ORDER_MS = 7 * 24 * 60 * 60_000;

/** Converts the last state changes to their saved form. */
export function saveTransitions(transitions: readonly RecordedTransition[], now: number): readonly SavedTransition[] {
  return transitions.slice(-TRANSITIONS_SAVED).map(({ from, to, trigger, reason, at }) => ({
    from,
    to,
    trigger,
    reason: textToSave(reason),
    agoMs: Math.max(0, now - at),
  }));
}

/** Replaces the end of the known state changes by saved ones. @param savedAt time of saving, as a reading of this clock */
export function restoreTransitions(
  known: readonly RecordedTransition[],
  saved: readonly SavedTransition[],
  savedAt: number,
): readonly RecordedTransition[] {
  const restored = saved.map(({ agoMs, ...transition }) => ({ ...transition, at: savedAt - agoMs }));
  const since = restored[0]?.at ?? Infinity;
  return [...known.filter(({ at }) => at < since), ...restored];
}

/** Converts an override to its saved form. */
export function saveOrder(order: StandingOrder, now: number): NonNullable<CircuitBreakerState['order']> {
  const { kind, reason, actor, at, endsAt } = order;
  return {
    kind,
    reason: textToSave(reason),
    actor: actor === undefined ? undefined : textToSave(actor),
    sinceMs: now - at,
    endsInMs: endsAt - now,
  };
}

/** Restores an override. @param savedAt time of saving, as a reading of this clock */
export function restoreOrder(saved: NonNullable<CircuitBreakerState['order']>, savedAt: number): StandingOrder {
  const { kind, reason, actor, sinceMs, endsInMs } = saved;
  return { kind, reason, actor, at: savedAt - sinceMs, endsAt: savedAt + endsInMs };
}

/** Cuts text to the length that can be restored. */
export function textToSave(text: string): string {
  return text.slice(0, TEXT_MAX);
}

/** Whether a value is valid saved state. It may come from a file that somebody has edited. */
export function isCircuitBreakerState(value: unknown): value is CircuitBreakerState {
  if (typeof value !== 'object' || value === null) return false;
  const saved: Partial<Record<keyof CircuitBreakerState, unknown>> = value;
  return (
    (saved.version === 1 || saved.version === 2) &&
    typeof saved.name === 'string' &&
    saved.name.length <= OUTCOMES_MAX &&
    isState(saved.state) &&
    isText(saved.reason) &&
    isAmount(saved.sinceMs) &&
    isAmount(saved.testsInMs) &&
    isCount(saved.failuresInARow) &&
    isCount(saved.failedRecoveries) &&
    isWindow(saved.window) &&
    isAbsentOr(saved.openForMs, isAmount) &&
    isAbsentOr(saved.openedReason, isText) &&
    isAbsentOr(saved.testSuccesses, isCount) &&
    isAbsentOr(saved.ramp, isRamp) &&
    isAbsentOr(saved.ruleRuns, (runs) => isList(runs, RULES_MAX, isCount)) &&
    isAbsentOr(saved.transitions, (changes) => isList(changes, TRANSITIONS_SAVED, isTransition)) &&
    isAbsentOr(saved.order, isOrder)
  );
}

function isWindow(window: unknown): boolean {
  if (typeof window !== 'object' || window === null) return false;
  const { kind, calls, failures, slow, ...more }: Fields<keyof SavedCalls | keyof SavedBuckets> = window;
  if (!isBucket([calls, failures, slow])) return false;
  if (kind === 'count') {
    const { outcomes } = more;
    return typeof outcomes === 'string' && outcomes.length <= OUTCOMES_MAX && /^[0-3]*$/.test(outcomes);
  }
  if (kind === 'time') {
    return (
      isAmount(more.windowMs) &&
      Number(more.windowMs) >= 1 &&
      isAmount(more.ageMs) &&
      Number(more.ageMs) <= LONGEST_AGE_MS &&
      isList(more.buckets, BUCKETS_MAX, isBucket)
    );
  }
  return kind === undefined;
}

type Fields<K extends PropertyKey> = Partial<Record<K, unknown>>;

function isBucket(bucket: unknown): boolean {
  if (!isList(bucket, 3, isCount)) return false;
  const [calls, failures, slow] = bucket as readonly number[];
  return calls !== undefined && failures !== undefined && slow !== undefined && failures <= calls && slow <= calls;
}

function isRamp(ramp: unknown): boolean {
  const { endsInMs, credit }: Fields<'endsInMs' | 'credit'> = Object(ramp);
  return isAmount(endsInMs) && isCount(credit) && Number(credit) <= MOST_RAMP_CREDIT;
}

function isTransition(change: unknown): boolean {
  const { from, to, trigger, reason, agoMs }: Fields<keyof SavedTransition> = Object(change);
  return isState(from) && isState(to) && isTrigger(trigger) && isText(reason) && isAmount(agoMs);
}

function isOrder(order: unknown): boolean {
  const { kind, reason, actor, sinceMs, endsInMs }: Fields<keyof NonNullable<CircuitBreakerState['order']>> =
    Object(order);
  return (
    (kind === 'isolate' || kind === 'hold-closed') &&
    isText(reason) &&
    isAbsentOr(actor, isText) &&
    isAmount(sinceMs) &&
    isAmount(endsInMs) &&
    Number(endsInMs) <= LONGEST_ORDER_MS
  );
}

function isAbsentOr(value: unknown, isRight: (value: unknown) => boolean): boolean {
  return value === undefined || isRight(value);
}

function isList(value: unknown, most: number, isRight: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(isRight);
}

function isState(value: unknown): boolean {
  return value === 'closed' || value === 'open' || value === 'half-open';
}

const triggers: Readonly<Record<TransitionTrigger, true>> = {
  automatic: true,
  operator: true,
  'health-check': true,
  shared: true,
};

function isTrigger(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(triggers, value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= TEXT_MAX;
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= LONGEST_MS;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
