import { constructorName } from './classify/safe-read.ts';

/** A value as messages show it: short, and of an object only what it is. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const name = constructorName(value);
  if (name === undefined || name === '' || name === 'Object') return 'an object';
  return name === 'Array' ? 'an array' : `an object of ${name}`;
}
