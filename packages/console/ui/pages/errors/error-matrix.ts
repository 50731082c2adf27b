import type { ErrorList } from '../../../src/contract.ts';

type ErrorEntry = ErrorList['errors'][number];

/** Counts of error types (rows) by location (columns). */
export interface ErrorMatrix {
  readonly types: readonly string[];
  readonly sources: readonly string[];
  readonly count: (type: string, source: string) => number;
  readonly most: number;
}

/** More columns would be hard to compare. */
const SOURCES_MAX = 8;

/** The most frequent types and sources, both with the most errors first. */
export function matrixOf(errors: readonly ErrorEntry[]): ErrorMatrix {
  const counts = new Map<string, number>();
  const byType = new Map<string, number>();
  const bySource = new Map<string, number>();
  for (const { type, source, count } of errors) {
    const key = `${type}\n${source}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
    byType.set(type, (byType.get(type) ?? 0) + count);
    bySource.set(source, (bySource.get(source) ?? 0) + count);
  }
  return {
    types: ranked(byType),
    sources: ranked(bySource).slice(0, SOURCES_MAX),
    count: (type, source) => counts.get(`${type}\n${source}`) ?? 0,
    most: Math.max(1, ...counts.values()),
  };
}

function ranked(sums: ReadonlyMap<string, number>): string[] {
  return [...sums]
    .toSorted(([one, few], [other, many]) => many - few || one.localeCompare(other))
    .map(([name]) => name);
}

/** Strength of a cell's background, 0 to 1; logarithmic, so that small counts stay visible beside large ones. */
export function strength(count: number, most: number): number {
  return count === 0 ? 0 : 0.12 + 0.5 * (Math.log1p(count) / Math.log1p(most));
}
