import { constructorName, read, readText } from '../safe-read.ts';
import { rows, type Entry, type Row } from '../rule.ts';

/** The properties that identify an error of a client. */
export interface Thrown {
  readonly error: unknown;
  readonly name: string;
  /** Name of the constructor. */
  readonly of: string;
  /** `code` as it is: some clients have numbers, some have text. */
  readonly code: unknown;
  readonly message: string;
}

/** The errors of one client: how they are identified, and what each code means. */
export interface Client {
  /** Its rows of the table. */
  readonly rows: readonly Row[];
  /** Classifies an error of this client; `undefined` for other errors, and if only the cause can tell. */
  judge(thrown: Thrown): Row | undefined;
}

/**
 * A table of codes.
 *
 * @param codeOf returns the code of an error of this client; `undefined` for other errors
 * @param other the meaning of codes that are not in the table; without it, such errors are left to the other rules
 */
export function client(
  prefix: string,
  citation: string,
  entries: readonly Entry[],
  codeOf: (thrown: Thrown) => string | number | undefined,
  other?: Row,
): Client {
  const table = rows(prefix, citation, entries);
  return {
    rows: other === undefined ? [...table.values()] : [...table.values(), other],
    judge(thrown) {
      const code = codeOf(thrown);
      return code === undefined ? undefined : (table.get(String(code)) ?? other);
    },
  };
}

/** Reads the properties that identify an error of a client. */
export function thrownOf(error: unknown): Thrown {
  return {
    error,
    name: readText(error, 'name') ?? '',
    of: constructorName(error) ?? '',
    code: read(error, 'code'),
    message: readText(error, 'message') ?? '',
  };
}

/** Whether the error has this class name, as its name or that of its constructor. */
export function isNamed({ name, of }: Thrown, wanted: string): boolean {
  return name === wanted || of === wanted;
}

/** Follows a path of properties. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = read(found, name);
  return found;
}
