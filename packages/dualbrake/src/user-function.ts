/*
 * Calls of functions that users hand in. They may throw, may be async, and may answer nothing or anything at all. None of
 * that may become an unhandled rejection, replace an error of the dependency, or be taken for a "yes".
 */

/** Whether a value has a `then` method. Never throws, not even for a revoked proxy. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    return typeof (value as { readonly then?: unknown }).then === 'function';
  } catch {
    return false;
  }
}

/** Makes sure that a promise nobody waits for cannot become an unhandled rejection. Other values are left alone. */
export function dropRejection(value: unknown): void {
  onRejection(value, ignore);
}

/**
 * Tells of the rejection of a promise nobody waits for; other values are left alone. Neither a `then` that throws nor
 * an error of `listener` gets out.
 */
export function onRejection(value: unknown, listener: (error: unknown) => void): void {
  if (!isThenable(value)) return;
  try {
    const settled: unknown = value.then(undefined, (error: unknown) => {
      try {
        listener(error);
      } catch {
        // There is nobody left to tell.
      }
    });
    // A thenable's own `then` may answer another promise; that one must not be left alone either.
    if (settled !== value && isThenable(settled)) void settled.then(undefined, ignore);
  } catch {
    // The `then` itself throws: such a value cannot reject later.
  }
}

/**
 * Whether an answer is a "yes" where it is needed at once: only `true` is. A promise is not, and its rejection is
 * dropped.
 */
export function answersYes(answer: unknown): boolean {
  if (answer === true) return true;
  dropRejection(answer);
  return false;
}

/**
 * Whether an answer is a "yes" where a promise may be waited for: only `true` is, or a promise of `true`. A promise
 * that rejects is a "no". The result is a promise only if the answer was one.
 */
export function answersYesLater(answer: unknown): boolean | Promise<boolean> {
  if (!isThenable(answer)) return answer === true;
  return Promise.resolve(answer).then(isTrue, isNever);
}

/** Calls a function with one value that nobody needs an answer to. What it throws or rejects with is dropped. */
export function tell<A>(listener: (value: A) => unknown, value: A): void {
  try {
    const answer = listener(value);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // Dropped as promised: no outcome may depend on who listens.
  }
}

/**
 * A number in [0, 1) from a source of chance that is not to be trusted. A number outside is moved to the nearest one
 * inside; what is no number, or an error, is replaced by `Math.random()`.
 */
export function chanceOf(random: () => number): number {
  let drawn: unknown;
  try {
    drawn = random();
  } catch {
    return Math.random();
  }
  if (typeof drawn !== 'number' || Number.isNaN(drawn)) {
    dropRejection(drawn);
    return Math.random();
  }
  return Math.min(Math.max(drawn, 0), LARGEST_BELOW_ONE);
}

/** Milliseconds since the epoch by a wall clock that is not to be trusted; by `Date.now` where it tells no time. */
export function timeOf(wallClock: (() => number) | undefined): number {
  if (wallClock === undefined) return Date.now();
  try {
    const now: unknown = wallClock();
    if (typeof now === 'number' && Number.isFinite(now)) return now;
    dropRejection(now);
  } catch {
    // Told by the machine below.
  }
  return Date.now();
}

/** A key by a function that is not to be trusted; nothing where it throws or answers neither text nor a number. */
export function keyOf<A extends unknown[]>(find: (...given: A) => string, ...given: A): string | undefined {
  try {
    const key: unknown = find(...given);
    if (typeof key === 'string') return key;
    if (typeof key === 'number') return String(key);
    dropRejection(key);
  } catch {
    // As if there were no key.
  }
  return undefined;
}

/** Whether a function is known to answer a promise or an iterator: `async` and generator functions. */
export function answersLater(value: unknown): boolean {
  return laterKind(value) !== undefined;
}

/**
 * What is wrong with a function whose answer is needed at once.
 *
 * @returns a sentence for an `async` or generator function; `undefined` for everything else
 */
export function asyncIssue(name: string, value: unknown): string | undefined {
  const kind = laterKind(value);
  return kind === undefined ? undefined : `${name} must answer at once, got ${kind} function`;
}

/**
 * What is wrong with a function that is called for what it does or answers, now or later: the body of a generator
 * function would never run.
 *
 * @returns a sentence for a generator function; `undefined` for everything else
 */
export function generatorIssue(name: string, value: unknown): string | undefined {
  const kind = laterKind(value);
  if (kind === undefined || kind === 'an async') return undefined;
  return `${name} must be a plain or an async function, got ${kind} function, whose body would never run`;
}

const LARGEST_BELOW_ONE = 1 - Number.EPSILON / 2;

const laterTags: ReadonlyMap<string, string> = new Map([
  ['[object AsyncFunction]', 'an async'],
  ['[object GeneratorFunction]', 'a generator'],
  ['[object AsyncGeneratorFunction]', 'an async generator'],
]);

function laterKind(value: unknown): string | undefined {
  if (typeof value !== 'function') return undefined;
  try {
    return laterTags.get(Object.prototype.toString.call(value));
  } catch {
    // A revoked proxy answers nothing at all.
    return undefined;
  }
}

function ignore(): void {
  // What nobody waits for is of no interest to anybody.
}

function isTrue(answer: unknown): boolean {
  return answer === true;
}

function isNever(): boolean {
  return false;
}
