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
  /** Stroke pattern in pixels: lines must not differ by colour alone. */
  readonly dash?: readonly number[];
  /** Drawn as bars, for what is stacked. */
  readonly bars?: boolean;
  /** What is said, where it is not what is drawn: of stacked bars the own part. */
  readonly said?: readonly (number | null)[];
}

export interface LineChartProps {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** A value with its unit: `120 ms`. */
  readonly format: (value: number | null) => string;
  /** What is to be seen, in a sentence. */
  readonly sentence: string;
  readonly height?: number;
}

/**
 * A chart over time, drawn by uPlot, which is fetched when the first chart is wanted. Arrow keys move along it and
 * say the values. Colours follow the appearance of the page.
 */
export function LineChart({ times, series, format, sentence, height = 180 }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [failed, setFailed] = useState(false);
  const scheme = useScheme();
  const cursor = useRef<number | undefined>(undefined);
  const shape = series.map(({ label, color, bars, dash }) => `${label} ${color} ${bars} ${dash?.join(',')}`).join('|');

  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    let gone = false;
    let watcher: ResizeObserver | undefined;
    void fetchPlot().then(
      (Plot) => {
        if (gone) return;
        const made = new Plot(optionsOf(Plot, element, series, format, height), dataOf(times, series), element);
        plot.current = made;
        watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
        watcher.observe(element);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      watcher?.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, scheme, height]);

  useEffect(() => plot.current?.setData(dataOf(times, series)), [times, series]);

  const valuesAt = (place: number): string =>
    series.map(({ label, values, said = values }) => `${label} ${format(said[place] ?? null)}`).join(', ');
  return (
    <div
      class="chart"
      ref={frame}
      role="img"
      aria-label={`${sentence} Arrow keys move along it.`}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- arrow keys read the values
      tabIndex={0}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by === undefined || times.length === 0) return;
        event.preventDefault();
        const place = Math.max(0, Math.min(times.length - 1, (cursor.current ?? times.length - 1) + by));
        cursor.current = place;
        const at = times[place] ?? 0;
        announce(`${clockText(at * 1_000)}: ${valuesAt(place)}`);
        const made = plot.current;
        made?.setCursor({ left: made.valToPos(at, 'x'), top: 10 });
      }}
    >
      {failed && <p class="muted">The chart could not be fetched; its numbers are in the table.</p>}
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
  // A resolved colour: the canvas does not know variables, nor light-dark().
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
      ...series.map(({ label, color: name, dash, bars, values, said = values }): uPlot.Series => ({
        label,
        stroke: color(name),
        width: bars ? 0 : 1.75,
        points: { show: false },
        value: (_plot, _value, _series, place) => (place === null ? '' : format(said[place] ?? null)),
        ...(dash && { dash: [...dash] }),
        ...(bars && { fill: color(name), ...(Plot.paths.bars && { paths: Plot.paths.bars({ size: [0.9, 40] }) }) }),
      })),
    ],
  };
}

/** Changes when the page turns light or dark: the canvas must be drawn anew. */
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
