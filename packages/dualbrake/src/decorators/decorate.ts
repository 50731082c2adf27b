import { mirrorFunction } from '../mirror-function.ts';
import { MethodPipelines, type LayerRecipe } from './method-pipelines.ts';
import { runnerOf, type AsyncMethod, type Method } from './method.ts';

/**
 * A decorator for methods that return a promise and for async generators. It works as a standard (TC39) decorator and
 * under `experimentalDecorators`. The method keeps its type, name, `this`, arguments, own properties and metadata.
 *
 * @throws TypeError on anything else, such as a field, an accessor or a synchronous generator
 *
 * @example
 * ```ts
 * const resilient: AsyncMethodDecorator = retry({ maxAttempts: 2 });
 *
 * class StudentService {
 *   @resilient
 *   async find(id: string): Promise<Student> {
 *     return database.getStudent(id);
 *   }
 * }
 * ```
 */
export interface AsyncMethodDecorator {
  <This, M extends AsyncMethod<This>>(method: M, context: ClassMethodDecoratorContext<This, M>): M;
  <M extends AsyncMethod>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** The pipeline of the stacked decorators of one method; the topmost decorator is outermost. */
interface Plan {
  readonly original: Method;
  readonly recipes: readonly LayerRecipe[];
  /** Whether another decorator above has included this plan in its own. */
  superseded: boolean;
}

const plans = new WeakMap<Method, Plan>();

/** Creates the decorator of one layer. */
export function decoratorOf(recipe: LayerRecipe): AsyncMethodDecorator {
  return asDecorator((method, place) => guard(method, recipe, place));
}

/** Where a method was decorated. */
interface Place {
  readonly key: string | symbol;
  /** `experimentalDecorators` only: the prototype, or the class of a static method. */
  readonly target?: object;
  /** Standard decorators only: runs with the instance, or the class of a static method. */
  readonly addInitializer?: (initializer: (this: unknown) => void) => void;
}

/** Creates a decorator, for both kinds of decorators, from a function that replaces a method. */
export function asDecorator(replace: (method: Method, place: Place) => Method): AsyncMethodDecorator {
  const decorator = (first: unknown, second: unknown, descriptor?: TypedPropertyDescriptor<Method>): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      const context = second as ClassMethodDecoratorContext;
      const method = methodOf(context.kind === 'method' ? first : undefined, context.name, articleOf(context.kind));
      const addInitializer = (initializer: (this: unknown) => void): void => context.addInitializer(initializer);
      return replace(method, { key: context.name, addInitializer });
    }
    const key = second as string | symbol;
    const method = methodOf(descriptor?.value, key, legacyKindOf(key, descriptor));
    if (descriptor !== undefined) descriptor.value = replace(method, { key, target: first as object });
    return descriptor;
  };
  return decorator as AsyncMethodDecorator;
}

/** The kind of element that `experimentalDecorators` has decorated, in the terms of standard decorators. */
function legacyKindOf(key: unknown, descriptor: unknown): string {
  if (key === undefined) return typeof descriptor === 'number' ? 'a parameter' : 'a class';
  if (typeof descriptor === 'number') return 'a parameter';
  if (typeof descriptor !== 'object' || descriptor === null) return 'a field';
  if ('get' in descriptor || 'set' in descriptor) return 'a getter or setter';
  return 'a field';
}

function articleOf(kind: string): string {
  return kind === 'accessor' ? `an ${kind}` : `a ${kind}`;
}

/** @throws TypeError that names what was decorated, unless it is a method that can be guarded */
function methodOf(value: unknown, key: unknown, kind: string): Method {
  if (typeof value !== 'function') {
    const named =
      typeof key === 'string' || typeof key === 'symbol' ? `"${String(key)}" is ${kind}` : `this is ${kind}`;
    throw new TypeError(
      `The decorators of dualbrake go on methods that return a promise or are async generators, but ${named}. Decorate a method, or call a pipeline's execute() there.`,
    );
  }
  return value as Method;
}

function guard(method: Method, recipe: LayerRecipe, { key, target, addInitializer }: Place): Method {
  const inner = plans.get(method);
  if (inner !== undefined) inner.superseded = true;
  const plan: Plan = {
    original: inner?.original ?? method,
    recipes: [recipe, ...(inner?.recipes ?? [])],
    superseded: false,
  };
  const { original, recipes } = plan;
  const runMethod = runnerOf(original, key);
  const pipelines = new MethodPipelines({ original, recipes, key, target });
  // Mirror `method`, not the original: decorators between two of ours may have added to it.
  const guarded: Method = mirrorFunction<Method>(method, {
    wrapper(...args) {
      return runMethod(() => pipelines.of(this, guarded), this, args);
    },
  });
  plans.set(guarded, plan);
  // List it with the first instance, so that the console shows the method before its first call.
  addInitializer?.(function (this: unknown) {
    if (!plan.superseded) pipelines.of(this, guarded);
  });
  return guarded;
}
