import { Component } from 'preact';

interface Series {
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly refused: readonly number[];
}

const WIDTH = 120;
const HEIGHT = 24;

interface SparklineProps {
  readonly series: Series | undefined;
  readonly minutes: number;
}

/** Calls per minute as small stacked bars, failed and blocked ones at the bottom. */
export class Sparkline extends Component<SparklineProps> {
  /** There are many sparklines, and each changes once a minute. */
  override shouldComponentUpdate({ series }: SparklineProps): boolean {
    return series !== this.props.series;
  }

  override render() {
    const { series, minutes } = this.props;
    if (series === undefined)
      return (
        <span class="muted" aria-label="No calls">
          —
        </span>
      );
    const { succeeded, failed, refused } = series;
    const totals = succeeded.map((count, minute) => count + at(failed)(minute) + at(refused)(minute));
    const highest = Math.max(1, ...totals);
    const step = WIDTH / succeeded.length;
    const bars = (from: (minute: number) => number, size: (minute: number) => number): string =>
      totals
        .map((_, minute) => {
          const height = (size(minute) / highest) * HEIGHT;
          if (height === 0) return '';
          const bottom = HEIGHT - (from(minute) / highest) * HEIGHT;
          return `M${(minute * step).toFixed(1)} ${bottom.toFixed(1)}h${(step * 0.8).toFixed(1)}v${(-Math.max(height, 0.8)).toFixed(1)}h${(-step * 0.8).toFixed(1)}Z`;
        })
        .join('');
    const bad = (minute: number): number => at(failed)(minute) + at(refused)(minute);
    return (
      <svg
        class="sparkline"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={sparklineText(series, minutes)}
      >
        <path class="series-failed" d={bars(() => 0, at(failed))} />
        <path class="series-refused" d={bars(at(failed), at(refused))} />
        <path class="series-ok" d={bars(bad, at(succeeded))} />
      </svg>
    );
  }
}

function at(counts: readonly number[]): (minute: number) => number {
  return (minute) => counts[minute] ?? 0;
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
