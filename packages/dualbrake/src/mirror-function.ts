/** Optional methods that `reflect-metadata` and compatible libraries add to `Reflect`. */
interface MetadataReflection {
  readonly getOwnMetadataKeys?: (target: object) => unknown[];
  readonly getOwnMetadata?: (key: unknown, target: object) => unknown;
  readonly defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

/**
 * Makes a wrapper look like the function it wraps: name, length, own properties and metadata.
 *
 * The wrapped function becomes the wrapper's prototype. Metadata libraries follow the prototype chain, so they also find metadata that is
 * added to the wrapped function later. `constructor` and `Symbol.toStringTag` are inherited the same way. Own properties are copied
 * once, because they are read without the prototype chain.
 *
 * @param made the wrapper, written as a method: a `function` would have a `prototype` and be a constructor
 * @returns the wrapper
 */
export function mirrorFunction<W extends object>(original: object, made: { readonly wrapper: W }): W {
  const { wrapper } = made;
  // If the original's own name was deleted, the wrapper must not have one either.
  Reflect.deleteProperty(wrapper, 'name');
  Reflect.deleteProperty(wrapper, 'length');
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  copyOwnMetadata(original, wrapper);
  return Object.setPrototypeOf(wrapper, original) as W;
}

function copyOwnMetadata(original: object, wrapper: object): void {
  const { getOwnMetadataKeys, getOwnMetadata, defineMetadata } = Reflect as MetadataReflection;
  if (getOwnMetadataKeys === undefined || getOwnMetadata === undefined || defineMetadata === undefined) return;
  for (const key of getOwnMetadataKeys(original)) defineMetadata(key, getOwnMetadata(key, original), wrapper);
}
