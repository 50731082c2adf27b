/** Reads a property of anything that may have been thrown. Getters that throw and revoked proxies read as absent. */
export function read(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<PropertyKey, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** The property if it is a string, truncated to a length that is safe to search. */
export function readText(value: unknown, name: string): string | undefined {
  const found = read(value, name);
  return typeof found === 'string' ? found.slice(0, 2_000) : undefined;
}

/** The property if it is a finite number. */
export function readNumber(value: unknown, name: string): number | undefined {
  const found = read(value, name);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The first elements of a property that is an array. */
export function readList(value: unknown, name: string, most: number): readonly unknown[] {
  const found = read(value, name);
  try {
    return Array.isArray(found) ? found.slice(0, most) : [];
  } catch {
    return [];
  }
}

/** The name of the constructor. The weakest evidence, because bundlers rename classes. */
export function constructorName(value: unknown): string | undefined {
  return readText(read(value, 'constructor'), 'name');
}
