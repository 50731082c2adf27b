import type { LogLine } from '../../../src/contract.ts';

/** A line of one call, and its position in the call. */
export interface WaterfallRow {
  readonly line: LogLine;
  /** Milliseconds since the first line. */
  readonly afterMs: number;
  /** Start and length of its bar, as shares of the whole, 0 to 1. */
  readonly begin: number;
  readonly length: number;
  /** Whether the bar is a delay announced by the line, or the time until the next line. */
  readonly isDelay: boolean;
}

/** The lines of one correlation ID, oldest first, laid out over their total time. */
export function waterfallOf(lines: readonly LogLine[]): {
  readonly rows: readonly WaterfallRow[];
  readonly totalMs: number;
} {
  const sorted = lines.toSorted((one, other) => one.at.localeCompare(other.at) || one.seq - other.seq);
  const first = Date.parse(sorted[0]?.at ?? '');
  const last = Date.parse(sorted.at(-1)?.at ?? '');
  const totalMs = sorted.length === 0 ? 0 : last - first;
  const rows = sorted.map((line, index) => {
    const atMs = Date.parse(line.at);
    const announced = line.fields['delay_ms'];
    const untilMs = Date.parse(sorted[index + 1]?.at ?? line.at);
    const lengthMs = Math.max(0, typeof announced === 'number' ? Math.min(announced, last - atMs) : untilMs - atMs);
    return {
      line,
      afterMs: atMs - first,
      begin: totalMs === 0 ? 0 : (atMs - first) / totalMs,
      length: totalMs === 0 ? 0 : lengthMs / totalMs,
      isDelay: typeof announced === 'number',
    };
  });
  return { rows, totalMs };
}
