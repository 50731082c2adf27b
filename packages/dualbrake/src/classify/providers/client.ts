import { constructorName, read, readText } from '../safe-read.ts';
import { rows, type Entry, type Row } from '../rule.ts';

/** What a client is known by. */
export interface Thrown {
  readonly error: unknown;
  readonly name: string;
  /** Name of the constructor. */
  readonly of: string;
  /** `code` as it is: some clients have numbers, some have text. */
  readonly code: unknown;
  readonly message: string;
}

/** The errors of one client: how they are known, and what each of their codes means. */
export interface Client {
  /** Its rows, for people to read. */
  readonly rows: readonly Row[];
  /** Says what an error of this client means; nothing of anybody else's, and nothing where only its cause knows. */
  judge(thrown: Thrown): Row | undefined;
}

/**
 * A table of codes.
 *
 * @param codeOf the code of an error of this client; nothing if it is somebody else's
 * @param other what a code means that is not in the table; without it, such an error is left to the other rules
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

/** Reads what a client is known by. */
export function thrownOf(error: unknown): Thrown {
  return {
    error,
    name: readText(error, 'name') ?? '',
    of: constructorName(error) ?? '',
    code: read(error, 'code'),
    message: readText(error, 'message') ?? '',
  };
}

/** Whether the error says that it is of this class, by name or by constructor. */
export function isNamed({ name, of }: Thrown, wanted: string): boolean {
  return name === wanted || of === wanted;
}

/** Follows a path of properties. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = read(found, name);
  return found;
}
