/*
 * Calls of functions passed in by users. They may throw, may be async, and may return nothing or any value. This must never cause an
 * unhandled rejection, replace an error of the dependency, or count as `true`.
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

/** Ignores the rejection of a promise that is not awaited. Other values are left alone. */
export function dropRejection(value: unknown): void {
  onRejection(value, ignore);
}

/**
 * Calls `listener` with the rejection of a promise that is not awaited. Other values are left alone. Errors of `then` and of `listener`
 * are ignored.
 */
export function onRejection(value: unknown, listener: (error: unknown) => void): void {
  if (!isThenable(value)) return;
  try {
    const settled: unknown = value.then(undefined, (error: unknown) => {
      try {
        listener(error);
      } catch {
        // There is no further error handler.
      }
    });
    // A custom `then` may return another promise, which may reject as well.
    if (settled !== value && isThenable(settled)) void settled.then(undefined, ignore);
  } catch {
    // `then` itself throws: such a value cannot reject later.
  }
}

/** Whether a synchronous result is `true`. A promise is not, and its rejection is ignored. */
export function answersYes(answer: unknown): boolean {
  if (answer === true) return true;
  dropRejection(answer);
  return false;
}

/** Whether a result is `true` or a promise of `true`. A rejection counts as `false`. Returns a promise only for a promise. */
export function answersYesLater(answer: unknown): boolean | Promise<boolean> {
  if (!isThenable(answer)) return answer === true;
  return Promise.resolve(answer).then(isTrue, isNever);
}

/** Calls a listener. Ignores its result, its errors and its rejections. */
export function tell<A>(listener: (value: A) => unknown, value: A): void {
  try {
    const answer = listener(value);
    if (answer !== undefined) dropRejection(answer);
  } catch {
    // A listener must not change the outcome of a call.
  }
}

/**
 * A number in [0, 1) from an untrusted random source. Numbers outside are clamped; other values and errors are replaced by
 * `Math.random()`.
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

/** Milliseconds since the epoch from an untrusted wall clock. If it doesn't return a finite number, from `Date.now()`. */
export function timeOf(wallClock: (() => number) | undefined): number {
  if (wallClock === undefined) return Date.now();
  try {
    const now: unknown = wallClock();
    if (typeof now === 'number' && Number.isFinite(now)) return now;
    dropRejection(now);
  } catch {
    // Use the machine's clock below.
  }
  return Date.now();
}

/** A key from an untrusted function; `undefined` if it throws or returns neither a string nor a number. */
export function keyOf<A extends unknown[]>(find: (...given: A) => string, ...given: A): string | undefined {
  try {
    const key: unknown = find(...given);
    if (typeof key === 'string') return key;
    if (typeof key === 'number') return String(key);
    dropRejection(key);
  } catch {
    // Treated as no key.
  }
  return undefined;
}

/**
 * Checks a function that must be synchronous.
 *
 * @returns a sentence if it is an `async` or generator function; otherwise `undefined`
 */
export function asyncIssue(name: string, value: unknown): string | undefined {
  const kind = laterKind(value);
  return kind === undefined ? undefined : `${name} must be synchronous, got ${kind} function`;
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
    // A revoked proxy.
    return undefined;
  }
}

function ignore(): void {
  // The promise is not awaited.
}

function isTrue(answer: unknown): boolean {
  return answer === true;
}

function isNever(): boolean {
  return false;
}
