import { clockText, durationText } from '../words/words.ts';
import type { Grid } from './history-series.ts';

const ROW_PX = 11;

/** Latency over time: the more calls in a cell, the stronger its colour. */
export function HeatMap({ grid, boundsMs }: Readonly<{ grid: Grid; boundsMs: readonly number[] }>) {
  const used = grid.points.flatMap((point) =>
    (point?.durations ?? []).flatMap((count, row) => (count > 0 ? [row] : [])),
  );
  // From the fastest to the slowest call, plus one row on each side.
  const lowest = Math.max(0, Math.min(...used, boundsMs.length) - 1);
  const highest = Math.min(boundsMs.length, Math.max(...used, 0) + 1);
  const most = Math.max(1, ...grid.points.flatMap((point) => point?.durations ?? []));
  const shown = highest - lowest + 1;
  const slowest = boundsMs[highest - 1];
  const sentence =
    used.length === 0
      ? 'No calls in this range.'
      : `Heat map of latency: from ${durationText(boundsMs[lowest] ?? 0)} to ${slowest === undefined ? 'more than a minute' : durationText(slowest)}.`;
  return (
    <div class="heat-map">
      <div class="heat-map-rows numbers" aria-hidden="true">
        <span>{durationText(boundsMs[highest] ?? boundsMs.at(-1) ?? null)}</span>
        <span>{durationText(lowest === 0 ? 0 : (boundsMs[lowest - 1] ?? 0))}</span>
      </div>
      <svg
        viewBox={`0 0 ${grid.points.length} ${shown}`}
        height={shown * ROW_PX}
        preserveAspectRatio="none"
        role="img"
        aria-label={sentence}
      >
        {grid.points.flatMap((point, column) =>
          (point?.durations ?? []).map((count, row) => {
            if (count === 0) return null;
            // Logarithmic: a single slow call must be visible beside a thousand fast ones.
            const opacity = 0.15 + 0.85 * (Math.log1p(count) / Math.log1p(most));
            return (
              <rect key={`${column} ${row}`} x={column} y={highest - row} width={0.9} height={0.9} opacity={opacity} />
            );
          }),
        )}
      </svg>
      <div class="heat-map-times numbers" aria-hidden="true">
        {[0, Math.floor((grid.times.length - 1) / 2), grid.times.length - 1].map((index) => (
          <span key={index}>{clockText((grid.times[index] ?? NaN) * 1_000)}</span>
        ))}
      </div>
    </div>
  );
}
