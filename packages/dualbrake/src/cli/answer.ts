import { CommandError } from './surroundings.ts';

/** An object of an answer. It is read with care: the console may be older or newer than this program. */
export type Answer = Readonly<Record<string, unknown>>;

/** @throws CommandError when it is no object */
export function objectOf(value: unknown, what: string): Answer {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Answer;
  throw new CommandError(`The response has no ${what}. Is this the URL of a console of the same version?`, 3);
}

/** @throws CommandError when it is no list of objects */
export function listOf(answer: Answer, name: string): Answer[] {
  const value = answer[name];
  if (Array.isArray(value)) return value.map((item) => objectOf(item, name));
  throw new CommandError(`The response has no ${name}. Is this the URL of a console of the same version?`, 3);
}

/** A text, or nothing. */
export function textOf(answer: Answer, name: string): string {
  const value = answer[name];
  return typeof value === 'string' ? value : '';
}

/** A number as a text, or nothing. */
export function numberOf(answer: Answer, name: string): string {
  const value = answer[name];
  return typeof value === 'number' ? String(value) : '';
}

/** Milliseconds since an instant; nothing when there is none. */
export function msSince(answer: Answer, name: string, now: number): number | undefined {
  const at = Date.parse(textOf(answer, name));
  return Number.isNaN(at) ? undefined : now - at;
}
