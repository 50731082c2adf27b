import { Pipeline, type Layer } from '../pipeline.ts';
import { defaultRegistry, type Registry } from '../registry.ts';

/** A method that a decorator may stand on: it answers with a promise. A getter or a synchronous method does not compile. */
// oxlint-disable-next-line typescript/no-explicit-any -- ClassMethodDecoratorContext demands just this
export type AsyncMethod<This = any> = (this: This, ...args: any) => Promise<unknown>;

/**
 * Works as a standard (TC39) decorator and under `experimentalDecorators`; which one is found out at run time.
 * The method keeps its type, name, `this` and arguments.
 */
export interface AsyncMethodDecorator {
  <This, M extends AsyncMethod<This>>(method: M, context: ClassMethodDecoratorContext<This, M>): M;
  <M extends AsyncMethod>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
}

/** What every decorator takes beside the options of its policy. */
export interface DecoratorOptions {
  /** One state for all instances of the class, or one for each. Default `class`. */
  readonly scope?: 'class' | 'instance';
  /** Where the method is listed, as `ClassName.methodName`. Default `defaultRegistry`. */
  readonly registry?: Registry;
}

/** One decorator of a stack, before it is known where it stands. */
export interface LayerRecipe extends DecoratorOptions {
  /** Makes the policy; `method` is `ClassName.methodName`. */
  readonly make: (method: string) => Layer;
}

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** What stacked decorators on one method come to: one pipeline, topmost decorator outermost. */
interface Plan {
  readonly original: Method;
  readonly recipes: readonly LayerRecipe[];
  /** True once a further decorator has taken this plan over. */
  superseded: boolean;
}

const plans = new WeakMap<Method, Plan>();

/** The decorator of one layer. */
export function decoratorOf(recipe: LayerRecipe): AsyncMethodDecorator {
  return asDecorator((method, place) => guard(method, recipe, place));
}

/** Where a decorated method stands. */
interface Place {
  readonly key: string | symbol;
  /** Standard decorators only: runs with the instance, or the class of a static method. */
  readonly addInitializer?: (initializer: (this: unknown) => void) => void;
}

/** Hides the two kinds of decorators behind one function from method to method. */
export function asDecorator(replace: (method: Method, place: Place) => Method): AsyncMethodDecorator {
  const decorator = (first: unknown, second: unknown, descriptor?: TypedPropertyDescriptor<Method>): unknown => {
    if (typeof second === 'object' && second !== null && 'kind' in second) {
      const context = second as ClassMethodDecoratorContext;
      mustBeMethod(context.kind === 'method' ? first : undefined, context.name);
      const addInitializer = (initializer: (this: unknown) => void): void => context.addInitializer(initializer);
      return replace(first as Method, { key: context.name, addInitializer });
    }
    const key = second as string | symbol;
    mustBeMethod(descriptor?.value, key);
    if (descriptor?.value !== undefined) descriptor.value = replace(descriptor.value, { key });
    return descriptor;
  };
  return decorator as AsyncMethodDecorator;
}

function mustBeMethod(value: unknown, key: string | symbol): void {
  if (typeof value !== 'function') {
    throw new TypeError(
      `A dualbrake decorator stands on a method that answers with a promise; ${String(key)} is none.`,
    );
  }
}

function guard(method: Method, recipe: LayerRecipe, { key, addInitializer }: Place): Method {
  const inner = plans.get(method);
  if (inner !== undefined) inner.superseded = true;
  const plan: Plan = {
    original: inner?.original ?? method,
    recipes: [recipe, ...(inner?.recipes ?? [])],
    superseded: false,
  };
  const pipelines = new MethodPipelines(plan, key);
  const guarded = likeOriginal(plan.original, function (this: unknown, ...args: unknown[]) {
    return pipelines.of(this, guarded).execute(() => plan.original.apply(this, args));
  });
  plans.set(guarded, plan);
  // Listed as soon as there is an instance, so that the console shows the method before its first call.
  addInitializer?.(function (this: unknown) {
    if (!plan.superseded) pipelines.of(this, guarded);
  });
  return guarded;
}

/** The pipelines of one decorated method: one, or one for each instance. */
class MethodPipelines {
  readonly #plan: Plan;
  readonly #key: string | symbol;
  readonly #perInstance = new WeakMap<object, Pipeline<unknown>>();
  #shared: Pipeline<unknown> | undefined;
  #sharedLayers: ReadonlyMap<LayerRecipe, Layer> | undefined;

  constructor(plan: Plan, key: string | symbol) {
    this.#plan = plan;
    this.#key = key;
  }

  of(self: unknown, guarded: Method): Pipeline<unknown> {
    const perInstance = this.#plan.recipes.some(({ scope }) => scope === 'instance');
    if (!perInstance) return (this.#shared ??= this.#list(self, guarded));
    if (typeof self !== 'object' || self === null)
      throw new TypeError(`${String(this.#key)} was called without its object.`);
    let found = this.#perInstance.get(self);
    if (found === undefined) {
      found = this.#unlisted(self, guarded);
      this.#perInstance.set(self, found);
    }
    return found;
  }

  #list(self: unknown, guarded: Method): Pipeline<unknown> {
    const registry = this.#registry();
    const name = freeName(registry, methodName(self, this.#key, guarded));
    return registry.pipeline(
      name,
      this.#plan.recipes.map((recipe) => recipe.make(name)),
    );
  }

  /** Not listed in the registry, which would keep every instance alive. */
  #unlisted(self: unknown, guarded: Method): Pipeline<unknown> {
    const name = methodName(self, this.#key, guarded);
    this.#sharedLayers ??= new Map(
      this.#plan.recipes.filter(({ scope }) => scope !== 'instance').map((recipe) => [recipe, recipe.make(name)]),
    );
    const layers = this.#plan.recipes.map((recipe) => this.#sharedLayers?.get(recipe) ?? recipe.make(name));
    return new Pipeline(name, layers, this.#registry().host);
  }

  #registry(): Registry {
    return this.#plan.recipes.find(({ registry }) => registry !== undefined)?.registry ?? defaultRegistry;
  }
}

/** `ClassName.methodName` of the class that declares the method; for a private one, of the class that it is called on. */
function methodName(self: unknown, key: string | symbol, guarded: Method): string {
  const isStatic = typeof self === 'function';
  let owner: object | null = Object(self) as object;
  while (owner !== null && Object.getOwnPropertyDescriptor(owner, key)?.value !== guarded) {
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  const declaring = owner ?? (isStatic ? self : (Object.getPrototypeOf(Object(self)) as object));
  const named = isStatic ? declaring : (declaring as { constructor?: unknown }).constructor;
  const className = typeof named === 'function' && named.name !== '' ? named.name : 'anonymous';
  return `${className}.${String(key)}`;
}

/** Two classes may have the same name. */
function freeName(registry: Registry, name: string): string {
  for (let count = 2, free = name; ; free = `${name} (${count})`, count += 1) if (!registry.has(free)) return free;
}

/** Name, length and `Symbol.toStringTag` of the original stay visible. */
function likeOriginal(original: Method, guarded: Method): Method {
  Object.defineProperties(guarded, {
    name: { value: original.name, configurable: true },
    length: { value: original.length, configurable: true },
  });
  return Object.setPrototypeOf(guarded, Object.getPrototypeOf(original) as object) as Method;
}
