import type { ProblemDetail } from '../contract/problem.ts';

/** What is wrong, sorted to the fields of a form. `rest` has the sentences that belong to no field of it. */
export interface FieldProblems<Name extends string> {
  readonly fields: Partial<Record<Name, string>>;
  readonly rest: readonly string[];
}

/**
 * Sorts a server's problems to fields by their JSON pointer: `/phone` is the field `phone`, `/address/street` the field
 * `address/street`. The first problem of a field wins; the others come when it is put right.
 */
export function problemsByField<Name extends string>(
  errors: readonly Pick<ProblemDetail, 'pointer' | 'message'>[],
  names: readonly Name[],
): FieldProblems<Name> {
  const fields: Partial<Record<Name, string>> = {};
  const rest: string[] = [];
  for (const { pointer, message } of errors) {
    const path = decodePointer(pointer);
    const name = names.find((candidate) => candidate === path);
    if (name === undefined) rest.push(message);
    else fields[name] ??= message;
  }
  return { fields, rest };
}

/** RFC 6901: `~1` is a slash within a name, `~0` a tilde. */
function decodePointer(pointer: string): string {
  return pointer.replace(/^#?\//, '').replaceAll('~1', '/').replaceAll('~0', '~');
}
