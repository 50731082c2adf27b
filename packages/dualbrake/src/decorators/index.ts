import { isBuiltInPolicy } from '../brand.ts';
import type { Pipeline } from '../pipeline.ts';
import { Bulkhead, type BulkheadOptions } from '../policies/bulkhead.ts';
import { CircuitBreaker } from '../policies/circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker-options.ts';
import { Fallback, type FallbackOptions } from '../policies/fallback.ts';
import { Retry, type RetryOptions } from '../policies/retry.ts';
import { Timeout, type TimeoutOptions } from '../policies/timeout.ts';
import { mirrorFunction } from '../mirror-function.ts';
import { asDecorator, decoratorOf, type AsyncMethodDecorator } from './decorate.ts';
import type { DecoratorOptions } from './method-pipelines.ts';
import { InvalidSettingsError } from '../errors.ts';
import { asyncIssue, dropRejection } from '../user-function.ts';
import { runnerOf, type AsyncMethod, type Guard, type Method } from './method.ts';

export type { AsyncMethodDecorator } from './decorate.ts';
export type { DecoratorOptions } from './method-pipelines.ts';

/**
 * Puts a circuit breaker around a method.
 *
 * @param options of a new breaker, named `ClassName.methodName` unless they name it; or a breaker to share
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 *
 * @example
 * ```ts
 * class StudentService {
 *   @circuitBreaker({ failureThreshold: 5, resetTimeoutMs: 30_000 })
 *   async find(id: string): Promise<Student> {
 *     return database.getStudent(id);
 *   }
 * }
 * ```
 */
export function circuitBreaker(
  options: CircuitBreaker | (CircuitBreakerOptions & DecoratorOptions) = {},
): AsyncMethodDecorator {
  if (isBreaker(options)) return decoratorOf({ make: () => options });
  const { place, policy } = split(options);
  const make = (method: string): CircuitBreaker => new CircuitBreaker({ name: method, ...policy });
  return checked({ ...place, make });
}

/**
 * Retries the failed calls of a method.
 *
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 *
 * @example
 * ```ts
 * class StudentService {
 *   @retry({ maxAttempts: 3, baseMs: 200 })
 *   async find(id: string): Promise<Student> {
 *     return database.getStudent(id);
 *   }
 * }
 * ```
 */
export function retry(options: RetryOptions & DecoratorOptions = {}): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Retry(policy) });
}

/**
 * Limits how many calls of a method run at once.
 *
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 *
 * @example
 * ```ts
 * class Reports {
 *   @bulkhead({ limit: 2, queue: 10 })
 *   async render(): Promise<string> {
 *     return 'a report';
 *   }
 * }
 * ```
 */
export function bulkhead(options: BulkheadOptions & DecoratorOptions): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Bulkhead(policy) });
}

/**
 * Limits how long each call of a method may take.
 *
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 *
 * @example
 * ```ts
 * class StudentService {
 *   @timeout({ limitMs: 2_000 })
 *   async find(id: string): Promise<Student> {
 *     return database.getStudent(id);
 *   }
 * }
 * ```
 */
export function timeout(options: TimeoutOptions & DecoratorOptions): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Timeout(policy) });
}

/** The values that a fallback may return in place of a method; for an async generator, an item or an iterable of items. */
type AnswerOf<M extends AsyncMethod> =
  ReturnType<M> extends AsyncGenerator<infer Item>
    ? Item | Iterable<Item> | AsyncIterable<Item>
    : Awaited<ReturnType<M>>;

/**
 * A decorator for methods that may return an `F`, and for async generators of items that an `F` is or holds.
 *
 * @example
 * ```ts
 * const orNobody: FallbackDecorator<undefined> = fallback({ to: undefined });
 * ```
 */
export interface FallbackDecorator<F> {
  <This, M extends AsyncMethod<This>>(
    method: F extends AnswerOf<M> ? M : never,
    context: ClassMethodDecoratorContext<This, M>,
  ): M;
  <M extends AsyncMethod>(
    target: object,
    key: string | symbol,
    descriptor: F extends AnswerOf<M> ? TypedPropertyDescriptor<M> : never,
  ): void;
}

/**
 * Answers failed calls of a method with a value of the method's own return type.
 *
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 *
 * @example
 * ```ts
 * class Lessons {
 *   @fallback({ to: 0 })
 *   async count(): Promise<number> {
 *     throw new Error('The database is down');
 *   }
 * }
 * ```
 */
export function fallback<F>(options: FallbackOptions<F> & DecoratorOptions): FallbackDecorator<F> {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Fallback<F>(policy as FallbackOptions<F>) }) as FallbackDecorator<F>;
}

/**
 * Puts an existing pipeline around a method.
 *
 * @param chosen the pipeline, or a function from the object to its pipeline; when that throws, the call rejects
 * @throws InvalidSettingsError when it is neither, or an async function; a call rejects with one when the function
 *   answers no pipeline
 *
 * @example
 * ```ts
 * import { pipeline, retry } from 'dualbrake';
 *
 * const reads = pipeline('reads', [retry()]);
 *
 * class StudentService {
 *   @guarded(reads)
 *   async find(id: string): Promise<Student> {
 *     return database.getStudent(id);
 *   }
 * }
 * ```
 */
export function guarded<This = unknown>(
  chosen: Pipeline<never> | ((self: This) => Pipeline<never>),
): AsyncMethodDecorator {
  const issue = typeof chosen === 'function' ? asyncIssue('the function', chosen) : guardIssue('it', chosen);
  if (issue !== undefined) throw new InvalidSettingsError('guarded()', [issue]);
  return asDecorator((method, { key }) => {
    const runMethod = runnerOf(method, key);
    return mirrorFunction<Method>(method, {
      wrapper(...args) {
        return runMethod(() => (typeof chosen === 'function' ? chosenFor(this as This, chosen) : chosen), this, args);
      },
    });
  });
}

function chosenFor<This>(self: This, choose: (self: This) => Guard): Guard {
  const found = choose(self);
  const issue = guardIssue('the function', found);
  if (issue === undefined) return found;
  dropRejection(found);
  throw new InvalidSettingsError('guarded()', [issue]);
}

/** @param who has answered, or is, what should be a pipeline */
function guardIssue(who: string, found: unknown): string | undefined {
  const { execute, executeStream }: Partial<Record<keyof Guard, unknown>> = Object(found);
  if (typeof execute === 'function' && typeof executeStream === 'function') return undefined;
  return `${who} must ${who === 'it' ? 'be' : 'answer'} a pipeline, got ${found === null ? 'null' : typeof found}`;
}

/** Creates one policy to check its options, so that invalid ones throw where they are written. */
function checked(recipe: Parameters<typeof decoratorOf>[0]): AsyncMethodDecorator {
  recipe.make('checked');
  return decoratorOf(recipe);
}

function split<O extends DecoratorOptions>(
  options: O,
): { place: DecoratorOptions; policy: Omit<O, keyof DecoratorOptions> } {
  const { scope, registry, ...policy } = options;
  const place = { ...(scope === undefined ? {} : { scope }), ...(registry === undefined ? {} : { registry }) };
  return { place, policy };
}

/** Includes breakers from another copy of this package. */
function isBreaker(options: object): options is CircuitBreaker {
  return options instanceof CircuitBreaker || isBuiltInPolicy(options);
}
