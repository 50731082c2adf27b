import type { PatchStep } from '../contract.ts';

/**
 * Carries the steps out on a copy.
 *
 * @throws RangeError when a step does not fit the value: then whoever follows asks for everything anew
 */
export function applyPatch(value: unknown, steps: readonly PatchStep[]): unknown {
  let result: unknown = structuredClone(value);
  for (const step of steps) {
    if (step.path === '') {
      if (step.op === 'remove') throw new RangeError('the whole cannot be removed');
      result = step.value;
      continue;
    }
    const names = step.path
      .slice(1)
      .split('/')
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop() ?? '';
    const parent = names.reduce<unknown>((at, name) => member(at, name), result);
    if (Array.isArray(parent)) {
      const place = last === '-' ? parent.length : Number(last);
      if (!Number.isInteger(place) || place < 0 || place > parent.length) throw new RangeError(`no place ${step.path}`);
      if (step.op === 'remove') parent.splice(place, 1);
      else if (step.op === 'replace') parent[place] = step.value;
      else parent.splice(place, 0, step.value);
    } else if (typeof parent === 'object' && parent !== null) {
      if (step.op === 'remove') Reflect.deleteProperty(parent, last);
      else
        Object.defineProperty(parent, last, {
          value: step.value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
    } else throw new RangeError(`no place ${step.path}`);
  }
  return result;
}

function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value[Number(name)];
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    return (value as Record<string, unknown>)[name];
  }
  throw new RangeError(`no place ${name}`);
}
