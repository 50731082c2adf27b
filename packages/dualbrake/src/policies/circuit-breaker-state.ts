import type { CircuitState, TransitionTrigger } from '../events.ts';
import { MOST_RAMP_CREDIT, type CircuitMemory } from './circuit.ts';
import { LONGEST_AGE_MS, type SavedBuckets, type SavedCalls, type SavedWindow } from './window.ts';

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

/**
 * What `save` returns and `restore` takes: plain JSON. All times are relative to the moment of saving.
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
  /** 2 is written; 1, which had no ages, no order of calls and nothing of what is optional here, is still read. */
  readonly version: 1 | 2;
  readonly name: string;
  readonly reason: string;
  /** Since when it has not been closed. */
  readonly openForMs: number | undefined;
  /** Why it opened then. */
  readonly openedReason?: string;
  readonly window: SavedWindow;
  /** Failures in a row of each rule, in the order of the rules; absent when there are none. */
  readonly ruleRuns?: readonly number[];
  /** The last changes of state, oldest first: the last one, and what opened it. */
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
 * A change of state, with its age in place of a clock reading.
 *
 * @example
 * ```ts
 * const saved = new CircuitBreaker().save();
 * const last: SavedTransition | undefined = saved.transitions?.at(-1);
 * ```
 */
export interface SavedTransition extends Omit<RecordedTransition, 'at'> {
  readonly agoMs: number;
}

/** Longest text that is saved and read, in UTF-16 code units. */
const TEXT_MAX = 10_000;
/** Changes of state that are saved: a half-open circuit, and what opened it. */
const TRANSITIONS_SAVED = 2;
/** As many as a count window can hold. */
const OUTCOMES_MAX = 100_000;
const BUCKETS_MAX = 10;
const RULES_MAX = 100_000;
/** Longest time that a breaker stays open: the longest reset time, stretched by chance. */
const LONGEST_MS = 2 * Number.MAX_SAFE_INTEGER;
/** How long an order may hold: one that nobody remembers is worse than none. A week. */
export const LONGEST_ORDER_MS = 7 * 24 * 60 * 60_000;

/** The last changes of state, as they are saved. */
export function saveTransitions(transitions: readonly RecordedTransition[], now: number): readonly SavedTransition[] {
  return transitions.slice(-TRANSITIONS_SAVED).map(({ from, to, trigger, reason, at }) => ({
    from,
    to,
    trigger,
    reason: textToSave(reason),
    agoMs: Math.max(0, now - at),
  }));
}

/** @param savedAt clock reading here at which it was saved there */
export function restoreTransitions(
  known: readonly RecordedTransition[],
  saved: readonly SavedTransition[],
  savedAt: number,
): readonly RecordedTransition[] {
  const restored = saved.map(({ agoMs, ...transition }) => ({ ...transition, at: savedAt - agoMs }));
  const since = restored[0]?.at ?? Infinity;
  return [...known.filter(({ at }) => at < since), ...restored];
}

/** An order in force, as it is saved. */
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

/** @param savedAt clock reading here at which it was saved there */
export function restoreOrder(saved: NonNullable<CircuitBreakerState['order']>, savedAt: number): StandingOrder {
  const { kind, reason, actor, sinceMs, endsInMs } = saved;
  return { kind, reason, actor, at: savedAt - sinceMs, endsAt: savedAt + endsInMs };
}

/** Cut to what is read again. */
export function textToSave(text: string): string {
  return text.slice(0, TEXT_MAX);
}

/** Whether something is what `save` returned, perhaps by way of a file that anybody may have written to. */
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
