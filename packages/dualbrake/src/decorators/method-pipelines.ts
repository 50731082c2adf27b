import { Pipeline, type Layer } from '../pipeline.ts';
import { defaultRegistry, type Registry } from '../registry.ts';
import { list } from './listing.ts';

/**
 * Options of every decorator, in addition to those of its policy.
 *
 * @example
 * ```ts
 * const perConnection: DecoratorOptions = { scope: 'instance', registry: new Registry() };
 * retry({ ...perConnection, maxAttempts: 2 });
 * ```
 */
export interface DecoratorOptions {
  /** Whether all instances of the class share one state, or each has its own. Default `class`. */
  readonly scope?: 'class' | 'instance';
  /** The registry that lists the method as `ClassName.methodName`. Default `defaultRegistry`. */
  readonly registry?: Registry;
}

/** One of the stacked decorators of a method. */
export interface LayerRecipe extends DecoratorOptions {
  /** Creates its policy; `method` is `ClassName.methodName`. */
  readonly make: (method: string) => Layer;
}

/** What is known about a decorated method. */
export interface Found {
  /** The method below all decorators of this library. */
  readonly original: object;
  readonly key: string | symbol;
  /** `experimentalDecorators` only: the prototype, or the class of a static method. */
  readonly target: object | undefined;
  /** Topmost first. */
  readonly recipes: readonly LayerRecipe[];
}

/** The pipelines of one decorated method: one, or one for each instance. */
export class MethodPipelines {
  readonly #found: Found;
  readonly #isPerInstance: boolean;
  readonly #perInstance = new WeakMap<object, Pipeline<unknown>>();
  #shared: Pipeline<unknown> | undefined;
  #sharedLayers: ReadonlyMap<LayerRecipe, Layer> | undefined;

  constructor(found: Found) {
    this.#found = found;
    this.#isPerInstance = found.recipes.some(({ scope }) => scope === 'instance');
  }

  /** @param guarded the decorated method */
  of(self: unknown, guarded: object): Pipeline<unknown> {
    if (!this.#isPerInstance) return (this.#shared ??= this.#list(self, guarded));
    if (typeof self !== 'object' || self === null) {
      throw new TypeError(
        `${String(this.#found.key)} has one state per instance and was called without one. Call it on its object, or bind it.`,
      );
    }
    let found = this.#perInstance.get(self);
    if (found === undefined) {
      found = this.#unlisted(self, guarded);
      this.#perInstance.set(self, found);
    }
    return found;
  }

  #list(self: unknown, guarded: object): Pipeline<unknown> {
    const { key, original, recipes, target } = this.#found;
    const owner = ownerOf(self, key, guarded, target);
    return list(this.#registry(), { name: nameOf(owner, key), owner, original }, (name) =>
      recipes.map((recipe) => recipe.make(name)),
    );
  }

  /** Not listed in the registry, which would keep every instance alive. */
  #unlisted(self: unknown, guarded: object): Pipeline<unknown> {
    const { key, recipes, target } = this.#found;
    const name = nameOf(ownerOf(self, key, guarded, target), key);
    this.#sharedLayers ??= new Map(
      recipes.filter(({ scope }) => scope !== 'instance').map((recipe) => [recipe, recipe.make(name)]),
    );
    const layers = recipes.map((recipe) => this.#sharedLayers?.get(recipe) ?? recipe.make(name));
    return new Pipeline(name, layers, this.#registry().host);
  }

  #registry(): Registry {
    return this.#found.recipes.find(({ registry }) => registry !== undefined)?.registry ?? defaultRegistry;
  }
}

/** The class that declares the method. For a private method, which cannot be looked up, the class it is called on. */
function ownerOf(self: unknown, key: string | symbol, guarded: object, target: object | undefined): object {
  const start = target ?? (Object(self) as object);
  let holder: object | undefined;
  // If another decorator has wrapped the method, use the nearest class with a method of this name.
  for (let at: object | null = start; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own = Object.getOwnPropertyDescriptor(at, key)?.value as unknown;
    if (own === guarded || (target !== undefined && at === target)) return classOf(at);
    if (typeof own === 'function') holder ??= at;
  }
  if (holder !== undefined) return classOf(holder);
  return typeof self === 'function' ? self : classOf((Object.getPrototypeOf(start) as object | null) ?? start);
}

/** The class of a prototype, or the class itself. */
function classOf(holder: object): object {
  if (typeof holder === 'function') return holder;
  const { constructor } = holder;
  return typeof constructor === 'function' ? constructor : holder;
}

function nameOf(owner: object, key: string | symbol): string {
  const { name } = owner as { readonly name?: unknown };
  return `${typeof name === 'string' && name !== '' ? name : 'anonymous'}.${String(key)}`;
}
