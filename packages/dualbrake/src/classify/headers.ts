import { read } from './safe-read.ts';

/** Where libraries put the headers of a response. */
function headersOf(error: unknown): unknown {
  const own = read(error, 'headers') ?? read(error, 'responseHeaders');
  if (own !== undefined && own !== null) return own;
  for (const place of ['response', '$response', 'meta']) {
    const answer = read(error, place);
    if (answer === undefined || answer === null) continue;
    const found = read(answer, 'headers') ?? (place === 'meta' ? read(read(answer, 'response'), 'headers') : undefined);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

/** Whether there are any headers. */
export function hasHeaders(error: unknown): boolean {
  const headers = headersOf(error);
  return typeof headers === 'object' && headers !== null;
}

/** A header of the response in an error, from `Headers`, a `Map`, or a plain object in any case; the first of several. */
export function header(error: unknown, name: string): string | undefined {
  const headers = headersOf(error);
  if (typeof headers !== 'object' || headers === null) return undefined;
  try {
    const { get } = headers as { get?: unknown };
    if (typeof get === 'function') return textOf((get as (name: string) => unknown).call(headers, name));
    const direct = (headers as Record<string, unknown>)[name];
    if (direct !== undefined) return textOf(direct);
    const key = Object.keys(headers)
      .slice(0, 200)
      .find((candidate) => candidate.toLowerCase() === name);
    return key === undefined ? undefined : textOf((headers as Record<string, unknown>)[key]);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'number') return String(first);
  return typeof first === 'string' ? first.trim().slice(0, 300) : undefined;
}
