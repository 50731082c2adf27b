import type { Classification } from '../classification.ts';

/** How much a piece of evidence knows; the most specific one of a chain of causes decides. */
export const evidence = {
  own: 0,
  driver: 1,
  errno: 2,
  code: 3,
  status: 4,
  name: 5,
  message: 6,
  /** A status that nobody answered, or that does not say what went wrong: whatever knows more decides. */
  invented: 7,
  /** Conventions, and what a native error says of a bug. */
  hint: 8,
  programmer: 8,
  nothing: 9,
} as const;

/** A row of the table: what is known when this rule decides, and who says so. */
export interface Row {
  readonly verdict: Classification;
  /** Specification, manual or source that the row rests on. */
  readonly citation: string;
}

/** A row that fits a thrown value, and how much it knows. */
export interface Found {
  readonly row: Row;
  /** One of `evidence`; smaller is more specific. */
  readonly rank: number;
}

/** What differs from the usual verdict of a class. */
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

/** A row of a class: retryable and counted as is usual for it, unless `details` differ. */
export function row(rule: string, kind: string, of: keyof typeof usual, citation: string, details: Details = {}): Row {
  const merged = { class: of, ...usual[of], kind, ...details, rule };
  // What never arrived was not applied.
  const applied = merged.reachedServer === 'no' ? 'no' : merged.applied;
  return Object.freeze({ verdict: Object.freeze({ ...merged, applied }), citation });
}

/** A part of a table: keys that mean the same, separated by spaces, and what they mean. */
export type Entry = readonly [keys: string, kind: string, of: keyof typeof usual, details?: Details];

/** A table: rows by code, each with a rule of its own name, `prefix.code`. */
export function rows(prefix: string, citation: string, entries: readonly Entry[]): Map<string, Row> {
  return new Map(
    entries.flatMap(([keys, kind, of, details]) =>
      keys.split(' ').map((key) => [key, row(`${prefix}.${key}`, kind, of, citation, details)] as const),
    ),
  );
}

/** Nothing was sent: repeating is safe whatever the operation does. */
export const notSent: Details = { reachedServer: 'no' };

/** The other side answered with a refusal: it did nothing. */
export const rejected: Details = { reachedServer: 'yes', applied: 'no' };

/** Others were faster, or too many were there: the server is well, did nothing, and may do it a little later. */
export const lost: Details = { ...rejected, countsAgainstBreaker: false };

/** Full, broken or denied: somebody has to do something about it first. */
export const stuck: Details = { retryable: false };
