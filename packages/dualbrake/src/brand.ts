/**
 * The property with the class names of an error of this library, base class first. A global symbol, because two copies of the package
 * (two versions in `node_modules`, or an ESM and a bundled one) have different classes, which plain `instanceof` doesn't match.
 */
const errorBrand: unique symbol = Symbol.for('dualbrake.error') as never;

/** A class whose instances every copy of the package recognizes. */
interface BrandedClass {
  readonly prototype: object;
}

const classNames = new WeakMap<object, string>();

/**
 * Names a class of errors and makes every copy of the package recognize its instances. The name is a writable data property of the
 * prototype, as for built-in errors.
 */
export function brandError(errorClass: BrandedClass, name: string): void {
  const { prototype } = errorClass;
  const bases: readonly string[] = (prototype as { readonly [errorBrand]?: readonly string[] })[errorBrand] ?? [];
  const hidden = { writable: true, configurable: true, enumerable: false };
  classNames.set(errorClass, name);
  Object.defineProperty(prototype, 'name', { value: name, ...hidden });
  Object.defineProperty(prototype, errorBrand, { value: Object.freeze([...bases, name]), ...hidden, writable: false });
}

/**
 * Whether this is an error of this library, from any copy of the package. Never throws.
 *
 * @param code the error must also have this code
 */
export function isOurs(error: unknown, code?: string): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    // Check the code first: most errors come from elsewhere, and looking up a symbol on those is slow.
    if (code !== undefined && (error as { readonly code?: unknown }).code !== code) return false;
    return errorBrand in error;
  } catch {
    // A revoked proxy, or a getter that throws: not one of our errors.
    return false;
  }
}

/** Implements `instanceof` for a class of errors: true for instances from every copy of the package. */
export function isInstance(errorClass: object, value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    if (Function.prototype[Symbol.hasInstance].call(errorClass, value)) return true;
    const name = classNames.get(errorClass);
    // A user's subclass has no name here, so it only matches its own instances.
    return name !== undefined && ((value as { [errorBrand]?: readonly string[] })[errorBrand]?.includes(name) ?? false);
  } catch {
    return false;
  }
}

/** The property that identifies the copy of the package of a built-in policy. */
const policyBrand: unique symbol = Symbol.for('dualbrake.policy') as never;

/** Identifies this copy of the package. */
const copy: object = Object.freeze({});

/** Marks a policy's class as belonging to this copy. Repeating it has no effect. */
export function brandPolicy(policy: object): void {
  const prototype: unknown = Object.getPrototypeOf(policy);
  if (typeof prototype !== 'object' || prototype === null || Object.hasOwn(prototype, policyBrand)) return;
  Reflect.defineProperty(prototype, policyBrand, { value: copy });
}

/** Whether this is a built-in policy from any copy of the package. */
export function isBuiltInPolicy(value: unknown): boolean {
  return copyOf(value) !== undefined;
}

/** Whether this is a built-in policy of another copy of the package. */
export function isForeignPolicy(value: unknown): boolean {
  const found = copyOf(value);
  return found !== undefined && found !== copy;
}

/**
 * Whether a built-in policy of this copy has these methods as its class has them, and not as somebody has replaced them,
 * on the object or in a class that extends ours. Built-in classes extend nothing but each other.
 */
export function isUnchangedPolicy(policy: object, ...methods: readonly string[]): boolean {
  if (copyOf(policy) !== copy) return false;
  let base = policy;
  for (let above: unknown = base; isBelowObject(above); above = Object.getPrototypeOf(above)) base = above;
  const [own, ours] = [policy, base] as readonly Readonly<Record<string, unknown>>[];
  return methods.every((method) => own?.[method] === ours?.[method]);
}

function isBelowObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) !== null;
}

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? (value as { readonly [policyBrand]?: unknown })[policyBrand]
    : undefined;
}

const systemClockBrand: unique symbol = Symbol.for('dualbrake.systemClock') as never;

/** Marks this copy's system clock, so that other copies recognize it: all of them show the same time. */
export function brandSystemClock(clock: object): void {
  Reflect.defineProperty(clock, systemClockBrand, { value: true });
}

/** Whether two clocks show the same time: they are the same object, or both are system clocks. */
export function isSameClock(clock: object, other: object): boolean {
  return clock === other || (systemClockBrand in clock && systemClockBrand in other);
}
