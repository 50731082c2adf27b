import type { LogLine } from '../../../src/contract.ts';

/** A row of the live log: a line, or a note that lines are missing. */
export type TailRow =
  | { readonly kind: 'line'; readonly key: string; readonly line: LogLine }
  | { readonly kind: 'gap'; readonly key: string; readonly text: string };

/** The oldest rows beyond this are dropped. */
export const ROWS_MAX = 500;

export function appended(rows: readonly TailRow[], more: readonly TailRow[]): readonly TailRow[] {
  if (more.length === 0) return rows;
  if (more.length >= ROWS_MAX) return more.slice(-ROWS_MAX);
  return [...rows.slice(Math.max(0, rows.length + more.length - ROWS_MAX)), ...more];
}

/** The rows of one stream message. @param dropped number of lines the server omitted in a burst */
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
    rows.push(gap(`dropped ${last}`, `${dropped} line${dropped === 1 ? '' : 's'} omitted: too many at once`));
  return rows;
}

export function gap(key: string, text: string): TailRow {
  return { kind: 'gap', key: `gap ${key}`, text };
}
