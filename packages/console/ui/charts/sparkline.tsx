interface Series {
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly refused: readonly number[];
}

const WIDTH = 120;
const HEIGHT = 24;

/** Calls per minute as small stacked bars, failed and blocked ones at the bottom. */
export function Sparkline({ series, minutes }: Readonly<{ series: Series | undefined; minutes: number }>) {
  if (series === undefined)
    return (
      <span class="muted" aria-label="No calls">
        —
      </span>
    );
  const { succeeded, failed, refused } = series;
  const stacked = succeeded.map((count, minute) => {
    const bad = failed[minute] ?? 0;
    const blocked = bad + (refused[minute] ?? 0);
    return [bad, blocked, blocked + count] as const;
  });
  const highest = Math.max(1, ...stacked.map(([, , total]) => total));
  const step = WIDTH / stacked.length;
  /** One layer of the stack; even the smallest bar is visible. */
  const layer = (index: 0 | 1 | 2): string =>
    stacked
      .map((tops, minute) => {
        const below = tops[index - 1] ?? 0;
        const count = tops[index] - below;
        if (count === 0) return '';
        const width = (step * 0.8).toFixed(1);
        const bottom = HEIGHT - (below / highest) * HEIGHT;
        const height = Math.max((count / highest) * HEIGHT, 0.8);
        return `M${(minute * step).toFixed(1)} ${bottom.toFixed(1)}h${width}v-${height.toFixed(1)}h-${width}Z`;
      })
      .join('');
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={sparklineText(series, minutes)}
    >
      <path class="series-failed" d={layer(0)} />
      <path class="series-refused" d={layer(1)} />
      <path class="series-ok" d={layer(2)} />
    </svg>
  );
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** `320 calls in the last 60 min: 12 failed, 40 blocked.` */
export function sparklineText({ succeeded, failed, refused }: Series, minutes: number): string {
  const bad = [
    sum(failed) > 0 ? `${sum(failed)} failed` : '',
    sum(refused) > 0 ? `${sum(refused)} blocked` : '',
  ].filter(Boolean);
  const all = sum(succeeded) + sum(failed) + sum(refused);
  return `${all} calls in the last ${minutes} min${bad.length === 0 ? '' : `: ${bad.join(', ')}`}.`;
}
