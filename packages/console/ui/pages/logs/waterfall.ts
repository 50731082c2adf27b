import type { LogLine } from '../../../src/contract.ts';

/** A line of one call, and where in the whole it lies. */
export interface WaterfallRow {
  readonly line: LogLine;
  /** Milliseconds since the first line. */
  readonly afterMs: number;
  /** Where its bar begins and how long it is, as shares of the whole, 0 to 1. */
  readonly begin: number;
  readonly length: number;
  /** What the bar stands for: a wait that the line announces, or the time until the next line. */
  readonly isWait: boolean;
}

/** Lines of one correlation id, oldest first, laid out along the time that they took together. */
export function waterfallOf(lines: readonly LogLine[]): {
  readonly rows: readonly WaterfallRow[];
  readonly totalMs: number;
} {
  const sorted = lines.toSorted((one, other) => one.at.localeCompare(other.at) || one.seq - other.seq);
  const first = Date.parse(sorted[0]?.at ?? '');
  const last = Date.parse(sorted.at(-1)?.at ?? '');
  const totalMs = sorted.length === 0 ? 0 : last - first;
  const rows = sorted.map((line, place) => {
    const atMs = Date.parse(line.at);
    const announced = line.fields['delay_ms'];
    const untilMs = Date.parse(sorted[place + 1]?.at ?? line.at);
    const lengthMs = Math.max(0, typeof announced === 'number' ? Math.min(announced, last - atMs) : untilMs - atMs);
    return {
      line,
      afterMs: atMs - first,
      begin: totalMs === 0 ? 0 : (atMs - first) / totalMs,
      length: totalMs === 0 ? 0 : lengthMs / totalMs,
      isWait: typeof announced === 'number',
    };
  });
  return { rows, totalMs };
}
