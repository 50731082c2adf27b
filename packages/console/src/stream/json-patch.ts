import type { PatchStep } from '../contract.ts';

/** Steps, of RFC 6902, that make `to` of `from`. Both are JSON; neither is changed. */
export function diff(from: unknown, to: unknown, path = ''): PatchStep[] {
  if (Object.is(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) return diffLists(from, to, path);
  if (!isObject(from) || !isObject(to)) return [{ op: 'replace', path, value: to }];
  const steps: PatchStep[] = [];
  for (const name of Object.keys(from)) {
    if (!Object.hasOwn(to, name)) steps.push({ op: 'remove', path: `${path}/${escaped(name)}` });
  }
  for (const [name, value] of Object.entries(to)) {
    const place = `${path}/${escaped(name)}`;
    if (Object.hasOwn(from, name)) steps.push(...diff(from[name], value, place));
    else steps.push({ op: 'add', path: place, value });
  }
  return steps;
}

/** By place: what stands behind an insertion is sent anew, which is right and, for short lists, cheap. */
function diffLists(from: readonly unknown[], to: readonly unknown[], path: string): PatchStep[] {
  const steps: PatchStep[] = [];
  const shared = Math.min(from.length, to.length);
  for (let place = 0; place < shared; place += 1) steps.push(...diff(from[place], to[place], `${path}/${place}`));
  for (let place = from.length - 1; place >= to.length; place -= 1)
    steps.push({ op: 'remove', path: `${path}/${place}` });
  for (let place = from.length; place < to.length; place += 1) {
    steps.push({ op: 'add', path: `${path}/${place}`, value: to[place] });
  }
  return steps;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
