import type { Pipeline, Layer } from '../pipeline.ts';
import type { Policy } from '../policy.ts';
import type { Registry } from '../registry.ts';

/** A decorated method to be listed in a registry. */
export interface Declared {
  /** `ClassName.methodName` */
  readonly name: string;
  /** The class that declares the method. */
  readonly owner: object;
  /** The method below all decorators of this library. */
  readonly original: object;
}

/** The holder of a name. Weak, so that a listing doesn't keep an unused class alive. */
interface Listing {
  readonly owner: Weak<object>;
  readonly original: Weak<object>;
  readonly policy: Weak<Policy<unknown>> | undefined;
}

interface Weak<T> {
  deref(): T | undefined;
}

/** The listing to remove when a class has been garbage collected. */
interface Leftover {
  readonly registry: Weak<Registry>;
  readonly name: string;
  readonly listing: Listing;
}

const listings = new WeakMap<Registry, Map<string, Listing>>();
let ofGoneClasses: FinalizationRegistry<Leftover> | undefined;

/**
 * Lists the pipeline of a decorated method under a unique name.
 *
 * A class that is evaluated again, for instance by a development server, replaces its predecessor. A different class with the same name
 * gets a number. The listing of a class that has been garbage collected is removed.
 */
export function list(
  registry: Registry,
  { name, owner, original }: Declared,
  layersOf: (name: string) => readonly Layer[],
): Pipeline<unknown> {
  const names = namesOf(registry);
  const chosen = nameFor(registry, names, { name, owner, original });
  if (registry.has(chosen)) {
    // Replaced first, so that nobody hears of it any more, and then removed: that a class is made again is no mistake.
    registry.add(chosen, []);
    registry.remove(chosen);
  }
  const made: Pipeline<unknown> = registry.pipeline(chosen, layersOf(chosen));
  const [first] = made.policies;
  const listing = { owner: weak(owner), original: weak(original), policy: first && weak(first) };
  names.set(chosen, listing);
  if (typeof FinalizationRegistry === 'function') {
    ofGoneClasses ??= new FinalizationRegistry(unlist);
    ofGoneClasses.register(owner, { registry: weak(registry), name: chosen, listing });
  }
  return made;
}

function namesOf(registry: Registry): Map<string, Listing> {
  const known = listings.get(registry);
  if (known !== undefined) return known;
  const made = new Map<string, Listing>();
  listings.set(registry, made);
  return made;
}

/** The name itself or with the first number that is free or belongs to the same class. */
function nameFor(registry: Registry, names: ReadonlyMap<string, Listing>, declared: Declared): string {
  for (let count = 2, name = declared.name; ; name = `${declared.name} (${count})`, count += 1) {
    if (!registry.has(name)) return name;
    const listing = names.get(name);
    // Never replace a group that wasn't listed by a decorator.
    if (listing !== undefined && isListed(registry, listing) && isReplacedBy(listing, declared)) return name;
  }
}

function isListed(registry: Registry, { policy }: Listing): boolean {
  const member = policy?.deref();
  return member !== undefined && registry.idOf(member) !== undefined;
}

function isReplacedBy(listing: Listing, { owner, original }: Declared): boolean {
  const [formerOwner, formerOriginal] = [listing.owner.deref(), listing.original.deref()];
  if (formerOwner === undefined || formerOriginal === undefined) return true;
  // The same class: its method has two stacks of our decorators with a foreign one between them.
  if (formerOwner === owner) return false;
  return sourceOf(formerOriginal) === sourceOf(original) && lineageOf(formerOwner) === lineageOf(owner);
}

/** The source of a class and the names of its base classes. */
function lineageOf(owner: object): string {
  const names: string[] = [];
  let parent = Object.getPrototypeOf(owner) as object | null;
  for (; typeof parent === 'function'; parent = Object.getPrototypeOf(parent) as object | null) {
    names.push((parent as { name: string }).name);
  }
  return [sourceOf(owner), ...names].join('\n');
}

function sourceOf(of: object): string {
  return typeof of === 'function' ? Function.prototype.toString.call(of) : '';
}

function unlist({ registry: weakly, name, listing }: Leftover): void {
  const registry = weakly.deref();
  const names = registry && listings.get(registry);
  if (registry === undefined || names?.get(name) !== listing) return;
  names.delete(name);
  if (registry.has(name) && isListed(registry, listing)) registry.remove(name);
}

/** Some edge runtimes have no `WeakRef`; their modules are only loaded once. */
function weak<T extends object>(target: T): Weak<T> {
  return typeof WeakRef === 'function' ? new WeakRef(target) : { deref: () => target };
}
