import './charts.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import { announce, theme } from '@dualbrake/kit';
import type uPlot from 'uplot';
import { clockText } from '../words/words.ts';

export interface ChartSeries {
  readonly label: string;
  /** Name of a CSS colour variable. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  /** Stroke pattern in pixels, so that lines differ by more than colour. */
  readonly dash?: readonly number[];
  /** Drawn as bars, for stacked series. */
  readonly bars?: boolean;
  /** Values to announce if they differ from the drawn ones: the series' own part of a stacked bar. */
  readonly spoken?: readonly (number | null)[];
}

export interface LineChartProps {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** A value with its unit: `120 ms`. */
  readonly format: (value: number | null) => string;
  /** Summary of the chart for screen readers. */
  readonly sentence: string;
  readonly height?: number;
}

/**
 * A chart over time. Arrow keys move along it and announce the values. uPlot is loaded with the first chart; colours
 * follow the theme.
 */
export function LineChart({ times, series, format, sentence, height = 180 }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [failed, setFailed] = useState(false);
  const scheme = useScheme();
  const cursor = useRef<number | undefined>(undefined);
  const structure = series
    .map(({ label, color, bars, dash }) => `${label} ${color} ${bars} ${dash?.join(',')}`)
    .join('|');

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    let isUnmounted = false;
    let watcher: ResizeObserver | undefined;
    void fetchPlot().then(
      (Plot) => {
        if (isUnmounted) return;
        const made = new Plot(optionsOf(Plot, element, series, format, height), dataOf(times, series), element);
        plot.current = made;
        watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
        watcher.observe(element);
      },
      () => setFailed(true),
    );
    return () => {
      isUnmounted = true;
      watcher?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [structure, scheme, height]);

  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series]);

  const valuesAt = (index: number): string =>
    series.map(({ label, values, spoken = values }) => `${label} ${format(spoken[index] ?? null)}`).join(', ');
  return (
    <div
      class="chart"
      ref={frame}
      role="img"
      aria-label={`${sentence} Use the arrow keys to read the values.`}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys announce the values
      tabIndex={0}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by === undefined || times.length === 0) return;
        event.preventDefault();
        const index = Math.max(0, Math.min(times.length - 1, (cursor.current ?? times.length - 1) + by));
        cursor.current = index;
        const at = times[index] ?? 0;
        announce(`${clockText(at * 1_000)}: ${valuesAt(index)}`);
        const made = plot.current;
        made?.setCursor({ left: made.valToPos(at, 'x'), top: 10 });
      }}
    >
      {failed && <p class="muted">The chart couldn’t be loaded. Show the values as a table instead.</p>}
    </div>
  );
}

let fetched: Promise<typeof uPlot> | undefined;

function fetchPlot(): Promise<typeof uPlot> {
  fetched ??= import('./plot.ts').then(({ Plot }) => Plot);
  fetched.catch(() => (fetched = undefined));
  return fetched;
}

function dataOf(times: readonly number[], series: readonly ChartSeries[]): uPlot.AlignedData {
  return [[...times], ...series.map(({ values }) => [...values])];
}

function optionsOf(
  Plot: typeof uPlot,
  element: HTMLElement,
  series: readonly ChartSeries[],
  format: LineChartProps['format'],
  height: number,
): uPlot.Options {
  const style = getComputedStyle(element);
  // Resolved here, because a canvas doesn't support CSS variables or light-dark().
  const color = (name: string): string => {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    return resolved;
  };
  const font = `12px ${style.fontFamily}`;
  const axis = {
    font,
    stroke: color('--color-text-muted'),
    grid: { stroke: color('--color-border'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { live: true },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        size: 26,
        values: (_plot, splits) => splits.map((at) => clockText(at * 1_000).slice(0, 5)),
        space: 70,
      },
      { ...axis, size: 64, values: (_plot, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      { label: 'Time', value: (_plot, at) => (at === null ? '' : clockText(at * 1_000)) },
      ...series.map(({ label, color: name, dash, bars, values, spoken = values }): uPlot.Series => ({
        label,
        stroke: color(name),
        width: bars ? 0 : 1.75,
        points: { show: false },
        value: (_plot, _value, _series, index) => (index === null ? '' : format(spoken[index] ?? null)),
        ...(dash && { dash: [...dash] }),
        ...(bars && { fill: color(name), ...(Plot.paths.bars && { paths: Plot.paths.bars({ size: [0.9, 40] }) }) }),
      })),
    ],
  };
}

/** Changes with the theme: the canvas must be redrawn. */
function useScheme(): string {
  const [dark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const listen = (): void => setDark(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return `${theme.value} ${dark}`;
}
