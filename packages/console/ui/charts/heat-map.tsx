import { useEffect, useRef } from 'preact/hooks';
import { theme } from '@dualbrake/kit';
import { clockText, durationText } from '../words/words.ts';
import type { Grid } from './history-series.ts';

const ROW_PX = 11;

/** Latency over time: the more calls in a cell, the stronger its colour. */
export function HeatMap({ grid, boundsMs }: Readonly<{ grid: Grid; boundsMs: readonly number[] }>) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = boundsMs.length + 1;
  const used = grid.points.flatMap((point) =>
    !point ? [] : point.durations.flatMap((count, row) => (count > 0 ? [row] : [])),
  );
  // From the fastest to the slowest call, plus one row on each side.
  const lowest = Math.max(0, Math.min(...used, rows - 1) - 1);
  const highest = Math.min(rows - 1, Math.max(...used, 0) + 1);
  const shown = Math.max(1, highest - lowest + 1);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || !context) return;
    const scale = devicePixelRatio;
    element.width = element.clientWidth * scale;
    element.height = shown * ROW_PX * scale;
    const color = getComputedStyle(element).color;
    const most = Math.max(1, ...grid.points.flatMap((point) => (!point ? [] : point.durations)));
    const width = element.width / Math.max(1, grid.points.length);
    context.clearRect(0, 0, element.width, element.height);
    context.fillStyle = color;
    for (const [column, point] of grid.points.entries()) {
      if (!point) continue;
      for (let row = lowest; row <= highest; row += 1) {
        const count = point.durations[row] ?? 0;
        if (count === 0) continue;
        // Logarithmic: a single slow call must be visible beside a thousand fast ones.
        context.globalAlpha = 0.15 + 0.85 * (Math.log1p(count) / Math.log1p(most));
        context.fillRect(column * width, (highest - row) * ROW_PX * scale, Math.max(1, width - 1), ROW_PX * scale - 1);
      }
    }
  }, [grid, theme.value, shown]);
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
      <canvas ref={canvas} role="img" aria-label={sentence} height={shown * ROW_PX} />
      <div class="heat-map-times numbers" aria-hidden="true">
        {[0, Math.floor((grid.times.length - 1) / 2), grid.times.length - 1].map((index) => (
          <span key={index}>{clockText((grid.times[index] ?? NaN) * 1_000)}</span>
        ))}
      </div>
    </div>
  );
}
