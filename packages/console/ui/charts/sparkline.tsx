import { Component } from 'preact';

interface Series {
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly refused: readonly number[];
}

const WIDTH = 120;
const HEIGHT = 24;

/** Calls by the minute as small bars: failed and blocked ones stand at the bottom, where they are seen first. */
export class Sparkline extends Component<{ readonly series: Series | undefined; readonly minutes: number }> {
  /** There are many of them, and they change once a minute. */
  override shouldComponentUpdate({ series }: { readonly series: Series | undefined }): boolean {
    return series !== this.props.series;
  }

  override render() {
    const { series, minutes } = this.props;
    if (series === undefined)
      return (
        <span class="muted" aria-label="No calls in this time">
          —
        </span>
      );
    const { succeeded, failed, refused } = series;
    const totals = succeeded.map((count, place) => count + (failed[place] ?? 0) + (refused[place] ?? 0));
    const highest = Math.max(1, ...totals);
    const step = WIDTH / succeeded.length;
    const bars = (from: (place: number) => number, size: (place: number) => number): string =>
      totals
        .map((_, place) => {
          const height = (size(place) / highest) * HEIGHT;
          if (height === 0) return '';
          const bottom = HEIGHT - (from(place) / highest) * HEIGHT;
          return `M${(place * step).toFixed(1)} ${bottom.toFixed(1)}h${(step * 0.8).toFixed(1)}v${(-Math.max(height, 0.8)).toFixed(1)}h${(-step * 0.8).toFixed(1)}Z`;
        })
        .join('');
    const bad = (place: number): number => at(failed)(place) + at(refused)(place);
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

function at(counts: readonly number[]): (place: number) => number {
  return (place) => counts[place] ?? 0;
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
