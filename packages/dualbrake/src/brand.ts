/**
 * Under which symbol every error of this library tells which classes it belongs to, outermost first. The symbol is that
 * of the whole process: two copies of the package (two versions in `node_modules`, an ESM and a bundled one) have
 * classes of their own, and `instanceof` would tell their errors apart.
 */
const errorBrand: unique symbol = Symbol.for('dualbrake.error') as never;

/** A class whose instances are to be known by every copy of the package. */
interface BrandedClass {
  readonly prototype: object;
}

const classNames = new WeakMap<object, string>();

/**
 * Gives a class of errors its name, and makes its instances known to every copy of the package.
 * The name is a writable data property of the prototype, as it is for the language's own errors.
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
 * Whether this is an error of this library, made by whichever copy of the package. Never throws, whatever it is given.
 *
 * @param code only an error with this code
 */
export function isOurs(error: unknown, code?: string): boolean {
  if (typeof error !== 'object' || error === null) return false;
  try {
    if (!(errorBrand in error)) return false;
    return code === undefined || (error as { readonly code?: unknown }).code === code;
  } catch {
    // A proxy that does not answer is none of ours.
    return false;
  }
}

/** What `instanceof` answers for a class of errors: true for the instances of every copy of the package. */
export function isInstance(errorClass: object, value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  try {
    if (Function.prototype[Symbol.hasInstance].call(errorClass, value)) return true;
    const name = classNames.get(errorClass);
    // A subclass of a user has no name here: only its own instances belong to it.
    return name !== undefined && ((value as { [errorBrand]?: readonly string[] })[errorBrand]?.includes(name) ?? false);
  } catch {
    return false;
  }
}

/** Under which symbol the prototype of a built-in policy tells which copy of the package it belongs to. */
const policyBrand: unique symbol = Symbol.for('dualbrake.policy') as never;

/** This copy. */
const copy: object = Object.freeze({});

/** Makes a policy known as one of this copy. Done once for each class, and again for nothing. */
export function brandPolicy(policy: object): void {
  const prototype: unknown = Object.getPrototypeOf(policy);
  if (typeof prototype !== 'object' || prototype === null || Object.hasOwn(prototype, policyBrand)) return;
  Reflect.defineProperty(prototype, policyBrand, { value: copy });
}

/** Whether this is a built-in policy of whichever copy of the package. */
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

/** Makes this copy's clock of the machine known to the others: they all show the same. */
export function brandSystemClock(clock: object): void {
  Reflect.defineProperty(clock, systemClockBrand, { value: true });
}

/** Whether two clocks show the same: one and the same, or both that of the machine. */
export function isSameClock(clock: object, other: object): boolean {
  return clock === other || (systemClockBrand in clock && systemClockBrand in other);
}
