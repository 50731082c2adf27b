import type { LogLine } from '../../../src/contract.ts';

/** A row of the live log: a line, or a place where lines are missing. */
export type TailRow =
  | { readonly kind: 'line'; readonly key: string; readonly line: LogLine }
  | { readonly kind: 'gap'; readonly key: string; readonly text: string };

/** So many rows are kept, however long it runs; the oldest go. */
export const ROWS_MAX = 500;

/** The rows after some have been added at the end. */
export function withMore(rows: readonly TailRow[], more: readonly TailRow[]): readonly TailRow[] {
  if (more.length === 0) return rows;
  if (more.length >= ROWS_MAX) return more.slice(-ROWS_MAX);
  return [...rows.slice(Math.max(0, rows.length + more.length - ROWS_MAX)), ...more];
}

/** Lines of one message of the stream as rows; `dropped` were left out by the server because too many came at once. */
export function rowsOf(
  lines: readonly LogLine[],
  dropped: number,
  wanted: (line: LogLine) => boolean,
): readonly TailRow[] {
  const rows: TailRow[] = lines
    .filter(wanted)
    .map((line) => ({ kind: 'line', key: `line ${line.seq}`, line }) as const);
  const last = lines.at(-1)?.seq ?? 0;
  if (dropped > 0)
    rows.push(gap(`dropped ${last}`, `${dropped} line${dropped === 1 ? '' : 's'} left out: too many at once`));
  return rows;
}

export function gap(key: string, text: string): TailRow {
  return { kind: 'gap', key: `gap ${key}`, text };
}
