import { isBuiltInPolicy } from '../brand.ts';
import type { CallContext } from '../call.ts';
import type { Pipeline } from '../pipeline.ts';
import { Bulkhead, type BulkheadOptions } from '../policies/bulkhead.ts';
import { CircuitBreaker } from '../policies/circuit-breaker.ts';
import type { CircuitBreakerOptions } from '../policies/circuit-breaker-options.ts';
import { Fallback, type FallbackOptions } from '../policies/fallback.ts';
import { Retry, type RetryOptions } from '../policies/retry.ts';
import { Timeout, type TimeoutOptions } from '../policies/timeout.ts';
import {
  asDecorator,
  decoratorOf,
  type AsyncMethod,
  type AsyncMethodDecorator,
  type DecoratorOptions,
} from './decorate.ts';

export type { AsyncMethodDecorator, DecoratorOptions } from './decorate.ts';

/**
 * Guards a method with a circuit breaker, or with one that exists already and is shared.
 * Without a name it is called `ClassName.methodName`.
 *
 * @throws InvalidSettingsError with every problem at once, when the class is defined
 */
export function circuitBreaker(
  options: CircuitBreaker | (CircuitBreakerOptions & DecoratorOptions) = {},
): AsyncMethodDecorator {
  if (isBreaker(options)) return decoratorOf({ make: () => options });
  const { place, policy } = split(options);
  const make = (method: string): CircuitBreaker => new CircuitBreaker({ name: method, ...policy });
  return checked({ ...place, make });
}

/** Repeats a method's failed calls. @throws InvalidSettingsError when the class is defined */
export function retry(options: RetryOptions & DecoratorOptions = {}): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Retry(policy) });
}

/** Limits how many calls of a method run at once. @throws InvalidSettingsError when the class is defined */
export function bulkhead(options: BulkheadOptions & DecoratorOptions): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Bulkhead(policy) });
}

/** Limits how long a method's calls may take. @throws InvalidSettingsError when the class is defined */
export function timeout(options: TimeoutOptions & DecoratorOptions): AsyncMethodDecorator {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Timeout(policy) });
}

/** A decorator for methods whose answer may be an `F`. */
export interface FallbackDecorator<F> {
  <This, M extends AsyncMethod<This>>(
    method: F extends Awaited<ReturnType<M>> ? M : never,
    context: ClassMethodDecoratorContext<This, M>,
  ): M;
  <M extends AsyncMethod>(
    target: object,
    key: string | symbol,
    descriptor: F extends Awaited<ReturnType<M>> ? TypedPropertyDescriptor<M> : never,
  ): void;
}

/** Answers in place of a method's failed calls, with something of the method's own type. @throws InvalidSettingsError */
export function fallback<F>(options: FallbackOptions<F> & DecoratorOptions): FallbackDecorator<F> {
  const { place, policy } = split(options);
  return checked({ ...place, make: () => new Fallback<F>(policy as FallbackOptions<F>) }) as FallbackDecorator<F>;
}

/** Puts a pipeline that exists already around a method, or the one that the object names. */
export function guarded<This = unknown>(
  chosen: Pipeline<never> | ((self: This) => Pipeline<never>),
): AsyncMethodDecorator {
  return asDecorator((method) => {
    const around = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const pipeline = typeof chosen === 'function' ? chosen(this as This) : chosen;
      return pipeline.execute((_context: CallContext) => method.apply(this, args));
    };
    Object.defineProperties(around, {
      name: { value: method.name, configurable: true },
      length: { value: method.length, configurable: true },
    });
    return Object.setPrototypeOf(around, Object.getPrototypeOf(method) as object) as typeof around;
  });
}

/** Makes one policy for nothing, so that wrong options are told where they are written. */
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

/** Also one of another copy of this package. */
function isBreaker(options: object): options is CircuitBreaker {
  return options instanceof CircuitBreaker || isBuiltInPolicy(options);
}
