import { Call, type Executor } from './call.ts';
import { systemClock, type Clock } from './clock.ts';
import { InvalidSettingsError } from './errors.ts';
import { LazySignal } from './lazy-signal.ts';
import { show } from './show.ts';

/**
 * Options of one call: the second argument of `execute`. All are optional; `undefined` means "not set". The context that an operation
 * receives can be passed as it is.
 *
 * @example
 * ```ts
 * const options: CallOptions = {
 *   signal: request.signal,
 *   withinMs: 2_000,
 *   key: 'students.find',
 *   attributes: { requestId: request.id },
 *   idempotent: true,
 * };
 * await retry().execute(({ signal }) => database.getStudent(id, { signal }), options);
 * ```
 */
export interface CallOptions {
  /** Ends the call when it aborts. Default: the signal of the ambient context, if any. */
  readonly signal?: AbortSignal | undefined;
  /**
   * When the result is no longer needed: a reading of the pipeline's clock, in milliseconds. By default that is `performance.now()`,
   * not `Date.now()`; `withinMs` is easier to use. Default: the deadline of the ambient context, else `Infinity`, for none.
   */
  readonly deadline?: number | undefined;
  /**
   * The deadline in milliseconds from now. Together with `deadline`, set or inherited, the earlier one applies. With 0 or less the
   * operation is not started. Default: `Infinity`.
   */
  readonly withinMs?: number | undefined;
  /** Low-cardinality label such as `students.find`. Default: the pipeline's name. */
  readonly key?: string | undefined;
  /** Request ID, actor and the like. Passed unchanged to operations and events. Default: those of the ambient context. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Whether it is safe to run this call twice. Default: that of the ambient context, else each policy's own setting. */
  readonly idempotent?: boolean | undefined;
  /** Has no effect: each call counts its own attempts. Accepted so that a whole context can be passed. */
  readonly attempt?: number | undefined;
}

/** Every option, with a check that returns what would be valid, or `undefined` if the value is. */
const members: Readonly<Record<keyof CallOptions, (value: never, clock: Clock) => string | undefined>> = {
  signal: (value: unknown) => (isSignal(value) ? undefined : 'an AbortSignal'),
  deadline: deadlineIssue,
  withinMs: (value: unknown) => (isNumber(value) ? undefined : 'a number of milliseconds from now'),
  key: (value: unknown) => (typeof value === 'string' ? undefined : 'a string'),
  attributes: (value: unknown) => (isRecord(value) ? undefined : 'an object'),
  idempotent: (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false'),
  attempt: (value: unknown) => (isCount(value) ? undefined : 'a whole number of at least 1'),
};

/** The fields of a `Call`: its getters are lost when it is spread, these are not. */
const essential = ['operation', 'executor', 'extras', 'limitedTo', 'lazySignal'] as const;
const storedInCalls: ReadonlySet<string> = new Set([...essential, 'within']);

/** Ten years. No real deadline is that far away, but `Date.now()` is that far from `performance.now()`. */
const FAR_MS = 10 * 365 * 24 * 60 * 60_000;

/**
 * The caller's options, checked. Only `mustBeNear` checks the distance of a deadline, once the clock has been read. A `Call` that is
 * passed on was checked when it started and is returned as it is.
 *
 * @throws InvalidSettingsError with every problem at once
 */
export function optionsOf(given: unknown, { name, host: { clock } }: Executor): CallOptions | undefined {
  if (isPlainAndSound(given)) return given;
  if (given === undefined || given instanceof Call) return given;
  if (isSignal(given)) return { signal: given };
  const options = isLikeCall(given) ? membersOf(given, clock) : given;
  mustBeSound(options, name, clock);
  return options as CallOptions;
}

/**
 * Checks that a deadline is a reading of the pipeline's clock and not, say, of `Date.now()`.
 *
 * @param given options that `optionsOf` has accepted
 * @throws InvalidSettingsError when the deadline is not a reading of that clock, with every other problem
 */
export function mustBeNear(
  given: CallOptions | AbortSignal | undefined,
  limit: number,
  now: number,
  executor: Executor,
): void {
  const isNear = Math.abs(limit - now) <= FAR_MS && (given as CallOptions | undefined)?.withinMs === undefined;
  if (isNear || given === undefined || given instanceof Call || isSignal(given)) return;
  const { name, host } = executor;
  mustBeSound(isLikeCall(given) ? membersOf(given, host.clock) : given, name, host.clock);
}

function mustBeSound(options: unknown, name: string, clock: Clock): void {
  const issues = issuesOf(options, clock);
  if (issues.length > 0) throw new InvalidSettingsError(`call of "${name}"`, issues);
}

/** The signal in the caller's options; `undefined` if there is none, or if it is not a signal. */
export function signalAmong(given: unknown): AbortSignal | undefined {
  if (isSignal(given)) return given;
  if (given instanceof Call) return given.canAbort ? given.signal : undefined;
  const isSpread = isLikeCall(given) && !Object.hasOwn(given, 'signal');
  const signal = isSpread ? given.lazySignal?.signal : (given as CallOptions | null | undefined)?.signal;
  return isSignal(signal) ? signal : undefined;
}

/** What `fetch` knows about a call in addition to the caller's options. */
export interface Beside {
  /** Replaces the caller's signal: the same, or one that also follows others. */
  readonly signal: AbortSignal | undefined;
  /** Used unless the caller sets a key. Replaces the key of a context that is passed on. */
  readonly key: string | undefined;
  /** Used unless the caller sets it. */
  readonly idempotent: boolean;
}

/**
 * The caller's options, completed. Unchecked: a value that is not an options object is returned as it is, and refused when the call
 * starts.
 */
export function completed(given: unknown, { signal, key, idempotent }: Beside): CallOptions {
  if (given === undefined || isSignal(given)) return { signal, key, idempotent };
  if (given instanceof Call) {
    const isSame = signal === undefined || (given.canAbort && given.signal === signal);
    const lazySignal = isSame ? given.lazySignal : LazySignal.of(signal);
    return given.handedOn(key ?? given.key, given.idempotent ?? idempotent, lazySignal);
  }
  if (typeof given !== 'object' || given === null || !isMeant(given)) return given as CallOptions;
  const said: CallOptions = given;
  return {
    ...(Object.getPrototypeOf(said) === Object.prototype ? said : picked(said)),
    signal: said.signal === undefined || isSignal(said.signal) ? signal : said.signal,
    key: said.key ?? key,
    idempotent: said.idempotent ?? idempotent,
  };
}

/** The options of a class instance, which may define them as getters. */
function picked(given: CallOptions): CallOptions {
  const own: Readonly<Record<string, unknown>> = { ...given };
  const { signal, deadline, withinMs, key, attributes, idempotent, attempt } = given;
  return { ...own, signal, deadline, withinMs, key, attributes, idempotent, attempt };
}

/**
 * The deadline in a context or options, and the clock it is a reading of.
 *
 * @throws InvalidSettingsError when it is not a reading of that clock
 */
export function limitAmong(given: unknown): { readonly deadline: number; readonly clock: Clock } {
  const clock = isLikeCall(given) ? given.executor.host.clock : systemClock;
  const said: unknown = isLikeCall(given) ? membersOf(given, clock) : (given ?? {});
  if (given === null || !isObjectWithMembers(said)) {
    const right = 'the context must be what the operation was given, or options of a call';
    throw new InvalidSettingsError('remainingMs', [`${right}, got ${show(given)}`]);
  }
  const { deadline = Infinity, withinMs = Infinity } = said;
  const issues = (['deadline', 'withinMs'] as const).flatMap((name) => {
    const right = said[name] === undefined ? undefined : members[name](said[name] as never, clock);
    return right === undefined ? [] : [`${name} must be ${right}, got ${show(said[name])}`];
  });
  if (issues.length > 0) throw new InvalidSettingsError('remainingMs', issues);
  return { deadline: Math.min(deadline, clock.now() + withinMs), clock };
}

/**
 * Whether it is a plain object with valid options. The fast path of every call with options: allocates nothing and reads only own
 * properties. All other cases are checked elsewhere.
 */
function isPlainAndSound(given: unknown): given is CallOptions {
  if (typeof given !== 'object' || given === null || Object.getPrototypeOf(given) !== Object.prototype) return false;
  for (const name in given) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && !isRight(name, value)) return false;
    if (value === undefined && !Object.hasOwn(members, name)) return false;
  }
  return true;
}

function isRight(name: string, value: unknown): boolean {
  switch (name) {
    case 'signal':
      return value instanceof AbortSignal;
    case 'deadline':
      return isNumber(value) && value !== -Infinity;
    case 'withinMs':
      return isNumber(value);
    case 'key':
      return typeof value === 'string';
    case 'attributes':
      return isRecord(value);
    case 'idempotent':
      return typeof value === 'boolean';
    case 'attempt':
      return isCount(value);
    default:
      return false;
  }
}

/** One sentence per problem: the option, the value, and what would be valid. */
function issuesOf(given: unknown, clock: Clock): string[] {
  if (typeof given !== 'object' || given === null || !isMeant(given)) {
    return [`the options of a call must be an object or an AbortSignal, got ${show(given)}`];
  }
  const options = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(members, name));
  const wrong = Object.entries(members).flatMap(([name, issue]) => {
    const value = options[name];
    const right = value === undefined ? undefined : issue(value as never, clock);
    return right === undefined ? [] : [`${name} must be ${right}, got ${show(value)}`];
  });
  const names = Object.keys(members).toSorted().join(', ');
  return [
    ...unknown.map((name) => `${name} (${show(options[name])}) is not a known call option; the options are ${names}`),
    ...wrong,
  ];
}

/** @returns what would be valid; `undefined` if the value is */
function deadlineIssue(value: unknown, clock: Clock): string | undefined {
  if (!isNumber(value) || value === -Infinity) return `a reading of the pipeline's clock in milliseconds, or Infinity`;
  const now = clock.now();
  // 0 or less is in the past on every clock.
  if (value === Infinity || value <= 0 || Math.abs(value - now) <= FAR_MS) return undefined;
  return `a reading of the pipeline's clock, which is now ${Math.round(now)}; use withinMs for milliseconds from now`;
}

/** A `Call` that was spread, or one from another copy of this package. */
interface LikeCall extends CallOptions {
  readonly executor: Executor;
  readonly extras: CallOptions | undefined;
  readonly limitedTo: number | undefined;
  readonly lazySignal: { readonly signal: AbortSignal } | undefined;
}

function isLikeCall(given: unknown): given is LikeCall {
  if (typeof given !== 'object' || given === null || !('limitedTo' in given)) return false;
  return essential.every((name) => Object.hasOwn(given, name));
}

/** Restores the options that a spread call has lost together with its getters, so that a signal is never lost silently. */
function membersOf(call: LikeCall, clock: Clock): CallOptions {
  const { executor, extras, limitedTo, lazySignal, attempt } = call;
  const { attributes, idempotent, key = executor.name } = extras ?? {};
  const theirs = executor.host.clock;
  const deadline = limitedTo === undefined || theirs === clock ? limitedTo : clock.now() + (limitedTo - theirs.now());
  const found: Record<string, unknown> = { signal: lazySignal?.signal, deadline, key, attributes, idempotent, attempt };
  for (const [name, value] of Object.entries(call)) if (!storedInCalls.has(name)) found[name] = value;
  return found;
}

/** Checks the interface, not the class: signals from other realms and polyfills are signals, too. */
function isSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === 'boolean' && typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  );
}

/** An object with nothing in it says nothing, and is right; one with something else in it is a mistake. */
function isObjectWithMembers(said: unknown): said is CallOptions {
  if (typeof said !== 'object' || said === null) return false;
  return isSignal(said) || Object.keys(members).some((name) => name in said) || isEmpty(said);
}

function isEmpty(said: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(said);
  return (prototype === Object.prototype || prototype === null) && Object.keys(said).length === 0;
}

/** Whether it can be an options object: a plain object, or a class instance with at least one of the options. */
function isMeant(given: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null || Object.keys(members).some((name) => name in given);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
