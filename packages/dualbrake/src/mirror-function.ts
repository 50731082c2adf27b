/** `reflect-metadata` and libraries with the same interface add these to `Reflect`. They need not be there. */
interface MetadataReflection {
  readonly getOwnMetadataKeys?: (target: object) => unknown[];
  readonly getOwnMetadata?: (key: unknown, target: object) => unknown;
  readonly defineMetadata?: (key: unknown, value: unknown, target: object) => void;
}

/**
 * Gives a wrapper everything that others keep on the function it wraps: name, length, all own properties, and metadata.
 *
 * The wrapped function becomes the wrapper's prototype. Metadata is looked up along the prototype chain, so it is found
 * whatever library keeps it, also when it is added to the wrapped function later. `constructor` and `Symbol.toStringTag`
 * are inherited the same way. What is read from the function alone, without its prototypes, is copied as it is now.
 *
 * @param made a new wrapper, written as a method: one made by `function` would have a `prototype`, and be a constructor
 * @returns the wrapper
 */
export function mirrorFunction<W extends object>(original: object, made: { readonly wrapper: W }): W {
  const { wrapper } = made;
  // An original whose own name was deleted must not get one back.
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
