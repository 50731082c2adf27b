import type { ProblemDetail } from '../../contract/problem.ts';

/** Problems by form field. `rest` has the messages of problems that belong to no field. */
interface ProblemsByField<Name extends string> {
  readonly fields: Partial<Record<Name, string>>;
  readonly rest: readonly string[];
}

/**
 * Maps the server's problems to fields by their JSON pointer: `/phone` is the field `phone`, `/address/street` the field
 * `address/street`, and `?phone` of a query is `phone`. Each field gets its first problem.
 */
export function problemsByField<Name extends string>(
  errors: readonly Pick<ProblemDetail, 'pointer' | 'message'>[],
  names: readonly Name[],
): ProblemsByField<Name> {
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
  return pointer
    .replace(/^(?:#?\/|\?)/, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
