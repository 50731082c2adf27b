import type { Classification } from '../classification.ts';

/** How specific a piece of evidence is; the most specific one of a chain of causes decides. */
export const evidence = {
  own: 0,
  driver: 1,
  errno: 2,
  code: 3,
  status: 4,
  name: 5,
  message: 6,
  /** A status that was not a response, or is too general: any more specific evidence takes precedence. */
  invented: 7,
  /** Naming conventions, and native errors that indicate a bug. */
  hint: 8,
  programmer: 8,
  nothing: 9,
} as const;

/** A row of the table: the classification by one rule, and its source. */
export interface Row {
  readonly verdict: Classification;
  /** The specification, manual or source code that the row is based on. */
  readonly citation: string;
}

/** A row that matches an error, and how specific the match is. */
export interface Found {
  readonly row: Row;
  /** One of `evidence`; smaller is more specific. */
  readonly rank: number;
}

/** Properties that differ from the default classification of a class. */
export type Details = Partial<Omit<Classification, 'class' | 'rule'>>;

const usual = {
  transient: {
    retryable: true,
    countsAgainstBreaker: true,
    reachedServer: 'maybe',
    applied: 'maybe',
    scope: 'dependency',
  },
  persistent: {
    retryable: false,
    countsAgainstBreaker: false,
    reachedServer: 'maybe',
    applied: 'maybe',
    scope: 'request',
  },
  system: {
    retryable: true,
    countsAgainstBreaker: true,
    reachedServer: 'maybe',
    applied: 'maybe',
    scope: 'dependency',
  },
  cancelled: {
    retryable: false,
    countsAgainstBreaker: false,
    reachedServer: 'maybe',
    applied: 'maybe',
    scope: 'request',
  },
  refused: { retryable: false, countsAgainstBreaker: false, reachedServer: 'no', applied: 'no', scope: 'local' },
} as const;

/** A row with the default classification of its class, except for `details`. */
export function row(rule: string, kind: string, of: keyof typeof usual, citation: string, details: Details = {}): Row {
  const merged = { class: of, ...usual[of], kind, ...details, rule };
  // A call that did not reach the server was not applied.
  const applied = merged.reachedServer === 'no' ? 'no' : merged.applied;
  return Object.freeze({ verdict: Object.freeze({ ...merged, applied }), citation });
}

/** An entry of a table: keys with the same meaning, separated by spaces, and their classification. */
export type Entry = readonly [keys: string, kind: string, of: keyof typeof usual, details?: Details];

/** A table: rows by code. Each rule is named `prefix.code`. */
export function rows(prefix: string, citation: string, entries: readonly Entry[]): Map<string, Row> {
  return new Map(
    entries.flatMap(([keys, kind, of, details]) =>
      keys.split(' ').map((key) => [key, row(`${prefix}.${key}`, kind, of, citation, details)] as const),
    ),
  );
}

/** Nothing was sent: repeating is always safe. */
export const notSent: Details = { reachedServer: 'no' };

/** The server rejected the request and did nothing. */
export const rejected: Details = { reachedServer: 'yes', applied: 'no' };

/** Contention or overload: the server is healthy, did nothing, and may succeed a little later. */
export const lost: Details = { ...rejected, countsAgainstBreaker: false };

/** Full, broken or denied: fails until someone fixes it. */
export const stuck: Details = { retryable: false };
