import { Call, type Executor } from './call.ts';
import { systemClock, type Clock } from './clock.ts';
import { InvalidSettingsError } from './errors.ts';
import { LazySignal } from './lazy-signal.ts';

/**
 * What a caller may say of one call: the second argument of `execute`. All of it is optional, and `undefined` says
 * nothing. The context that an operation is given can be handed on as it is.
 */
export interface CallOptions {
  /** Ends the call when it aborts: the caller has left. Default: the signal of the ambient context, else none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * When the result is of no use any more: a reading of the pipeline's clock, in milliseconds. That is
   * `performance.now()` and not `Date.now()` unless the pipeline has another clock; see `withinMs`. Default: the
   * deadline of the ambient context, else `Infinity`, for none.
   */
  readonly deadline?: number | undefined;
  /**
   * The same in milliseconds from now on. Beside a deadline, given or inherited, the earlier one holds. With 0 or less
   * nothing is started. Default: `Infinity`.
   */
  readonly withinMs?: number | undefined;
  /** Low-cardinality label such as `students.find`. Default: the pipeline's name. */
  readonly key?: string | undefined;
  /** Request id, actor and the like; passed on untouched to operations and events. Default: those of the ambient context. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** Whether this call may run twice. Default: what the ambient context says, else the policies' own settings. */
  readonly idempotent?: boolean | undefined;
  /** Has no effect, because each call counts its own attempts. It is here so that a whole context can be handed on. */
  readonly attempt?: number | undefined;
}

/** Every member, and what it may be. */
const members: Readonly<Record<keyof CallOptions, (value: never, clock: Clock) => string | undefined>> = {
  signal: (value: unknown) => (isSignal(value) ? undefined : 'an AbortSignal'),
  deadline: deadlineIssue,
  withinMs: (value: unknown) => (isNumber(value) ? undefined : 'a number of milliseconds from now on'),
  key: (value: unknown) => (typeof value === 'string' ? undefined : 'a string'),
  attributes: (value: unknown) => (isRecord(value) ? undefined : 'an object with what belongs to the call'),
  idempotent: (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false'),
  attempt: (value: unknown) => (isCount(value) ? undefined : 'a whole number from 1 on'),
};

/** What a `Call` stores, and what a spread one therefore has. */
const essential = ['operation', 'executor', 'extras', 'limitedTo', 'lazySignal'] as const;
const storedInCalls: ReadonlySet<string> = new Set([...essential, 'within']);

/** Ten years. No deadline is that far from what its clock shows, but `Date.now()` is that far from `performance.now()`. */
const FAR_MS = 10 * 365 * 24 * 60 * 60_000;

/**
 * What a caller has said, checked; but for one thing: whether a deadline is near what its clock shows, which is asked for
 * when the clock is read, by `mustBeNear`. A `Call` that is handed on was checked when it began, and is answered as it is.
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
 * Looks again at a call whose limit is far away from what its clock shows, or may be.
 *
 * @param given what `optionsOf` has let pass
 * @throws InvalidSettingsError when its deadline is no reading of that clock, with every other problem
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

/** The signal among what a caller has said; nothing where there is none, or it is none. */
export function signalAmong(given: unknown): AbortSignal | undefined {
  if (isSignal(given)) return given;
  if (given instanceof Call) return given.canAbort ? given.signal : undefined;
  const isSpread = isLikeCall(given) && !Object.hasOwn(given, 'signal');
  const signal = isSpread ? given.lazySignal?.signal : (given as CallOptions | null | undefined)?.signal;
  return isSignal(signal) ? signal : undefined;
}

/** What is known of a call beside what its caller says. */
export interface Beside {
  /** In place of what the caller gave: the same, or one that also follows others. */
  readonly signal: AbortSignal | undefined;
  /** Unless the caller names another one. A context that is handed on names nothing. */
  readonly key: string | undefined;
  /** Unless the caller says something else. */
  readonly idempotent: boolean;
}

/**
 * What a caller has said, completed by what is known beside it. Unchecked: what is no options at all is answered as it
 * is, to be refused by whoever runs the call.
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

/** The members of an object of a class, which may have them as getters. */
function picked(given: CallOptions): CallOptions {
  const own: Readonly<Record<string, unknown>> = { ...given };
  const { signal, deadline, withinMs, key, attributes, idempotent, attempt } = given;
  return { ...own, signal, deadline, withinMs, key, attributes, idempotent, attempt };
}

/**
 * The deadline among what somebody has said, and the clock that it is a reading of.
 *
 * @throws InvalidSettingsError when it is no reading of that clock
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
 * Whether it is a plain object with nothing to complain of. Makes nothing and reads only what is there, since every call
 * that is given options is asked; what is special is looked at elsewhere.
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

/** One sentence for each problem: the member, the value, and what would be right. */
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
    ...unknown.map((name) => `${name}: ${show(options[name])} is not known here; a call can be given ${names}`),
    ...wrong,
  ];
}

/** @returns what would be right; nothing when it is */
function deadlineIssue(value: unknown, clock: Clock): string | undefined {
  if (!isNumber(value) || value === -Infinity) return `a reading of the pipeline's clock in milliseconds, or Infinity`;
  const now = clock.now();
  // One of 0 or less has passed on every clock.
  if (value === Infinity || value <= 0 || Math.abs(value - now) <= FAR_MS) return undefined;
  return `a reading of the pipeline's clock, which now shows ${Math.round(now)}; withinMs counts from now on`;
}

/** A `Call` that was spread, or one of another copy of this package. */
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

/** What getters would say, which a spread call has lost: nothing of it may be lost silently, and least of all a signal. */
function membersOf(call: LikeCall, clock: Clock): CallOptions {
  const { executor, extras, limitedTo, lazySignal, attempt } = call;
  const { attributes, idempotent, key = executor.name } = extras ?? {};
  const theirs = executor.host.clock;
  const deadline = limitedTo === undefined || theirs === clock ? limitedTo : clock.now() + (limitedTo - theirs.now());
  const found: Record<string, unknown> = { signal: lazySignal?.signal, deadline, key, attributes, idempotent, attempt };
  for (const [name, value] of Object.entries(call)) if (!storedInCalls.has(name)) found[name] = value;
  return found;
}

/** By what it can do: signals of other realms and of polyfills are signals, too. */
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

/** Whether somebody can have meant it as options: a plain object, or an object of a class that has some of the members. */
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

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const { name } = (value.constructor ?? Object) as { readonly name?: unknown };
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of ${name}` : 'an object';
}
