import { useMemo, useState } from 'preact/hooks';
import { Button, Card, EmptyState, Segments } from '@dualbrake/kit';
import type { BreakerView, HistoryView } from '../../../src/contract.ts';
import { HeatMap } from '../../charts/heat-map.tsx';
import { callRates, gridOf, percentiles, type CallRates, type Grid } from '../../charts/history-series.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { useResource } from '../../live/resource.ts';
import { queryChoice } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { SegmentFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { clockText, durationText, shareText } from '../../words/words.ts';

type Values = readonly (number | null)[];

/** Seconds to show, and seconds per point. */
const ranges = {
  '': { label: '15 min', window: 900, step: 10 },
  '1h': { label: '1 h', window: 3_600, step: 30 },
  '6h': { label: '6 h', window: 21_600, step: 120 },
  '24h': { label: '24 h', window: 86_400, step: 600 },
} as const;

const rangeLabels = Object.fromEntries(Object.entries(ranges).map(([range, { label }]) => [range, label]));

/** Calls and latency over time. */
export function Traffic({ breaker }: Readonly<{ breaker: BreakerView }>) {
  const { window, step } = ranges[queryChoice('range', ranges)];
  const history = useResource<HistoryView>(
    `breakers/${encodeURIComponent(breaker.id)}/history?window=${window}&step=${step}`,
    { everyMs: Math.max(5_000, step * 500) },
  );
  return (
    <Card
      title="Calls and latency"
      actions={
        <>
          <AsOf resource={history} />
          <SegmentFilter name="range" label="Time range" options={rangeLabels} />
        </>
      }
    >
      <Loaded resource={history} what="the history">
        {(view) => <Charts view={view} breaker={breaker} />}
      </Loaded>
    </Card>
  );
}

function Charts({ view, breaker }: Readonly<{ view: HistoryView; breaker: BreakerView }>) {
  const [asTable, setAsTable] = useState(false);
  const [latency, setLatency] = useState<'lines' | 'heat'>('lines');
  const { grid, rates, calls, lines } = useMemo(() => seriesOf(view), [view]);
  if (view.points.length === 0) {
    return (
      <EmptyState icon="clock" title="No calls in this range">
        {breaker.calls + breaker.refused === 0
          ? 'No calls since the start.'
          : 'Select a longer range to see earlier calls.'}
      </EmptyState>
    );
  }
  const sentence = callsSentence(grid, rates);
  return (
    <div class="traffic stack">
      {view.partial && (
        <p class="status-detail">
          Recording began at {clockText(view.points[0]?.at ?? view.from)}; there is no earlier data.
        </p>
      )}
      <h3>Calls per second</h3>
      {asTable ? (
        <TrafficTable grid={grid} rates={rates} boundsMs={view.bounds_ms} />
      ) : (
        <LineChart times={grid.times} series={calls} format={rateText} sentence={sentence} />
      )}
      <p class="status-detail">{sentence}</p>
      {!asTable && (
        <>
          <div class="row spread">
            <h3>Latency</h3>
            <Segments
              label="Latency chart"
              value={latency}
              options={[
                { value: 'lines', label: 'Percentiles' },
                { value: 'heat', label: 'Heat map' },
              ]}
              onChange={setLatency}
            />
          </div>
          {latency === 'lines' ? (
            <LineChart times={grid.times} series={lines} format={durationText} sentence={latencySentence(lines)} />
          ) : (
            <HeatMap grid={grid} boundsMs={view.bounds_ms} />
          )}
        </>
      )}
      <div class="button-row">
        <Button size="small" variant="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as charts' : 'Show as a table'}
        </Button>
      </div>
    </div>
  );
}

function seriesOf(view: HistoryView) {
  const grid = gridOf(view);
  const rates = callRates(grid);
  // Stacked bars: each starts at the bottom, and the one in front is drawn last.
  const stacked = (...parts: readonly Values[]): Values =>
    grid.times.map((_, at) =>
      parts.every((part) => part[at] === null) ? null : parts.reduce((sum, part) => sum + (part[at] ?? 0), 0),
    );
  const bar = (label: string, color: string, spoken: Values, ...below: readonly Values[]) => ({
    label,
    color,
    bars: true,
    values: stacked(spoken, ...below),
    spoken,
  });
  const line = (label: string, p: number, dash?: readonly number[]) => ({
    label,
    color: `--chart-${label}`,
    values: percentiles(grid, view.bounds_ms, p),
    ...(dash && { dash }),
  });
  const { succeeded, failed, blocked } = rates;
  return {
    grid,
    rates,
    calls: [
      bar('Succeeded', '--chart-ok', succeeded, blocked, failed),
      bar('Blocked', '--chart-refused', blocked, failed),
      bar('Failed', '--chart-failed', failed),
    ],
    lines: [line('p50', 0.5), line('p95', 0.95, [6, 3]), line('p99', 0.99, [2, 2])],
  };
}

type TrafficTableProps = Readonly<{ grid: Grid; rates: CallRates; boundsMs: readonly number[] }>;

function TrafficTable({ grid, rates: { succeeded, failed, blocked }, boundsMs }: TrafficTableProps) {
  const p95 = percentiles(grid, boundsMs, 0.95);
  const rows = [...grid.times.keys()]
    .filter((at) => (succeeded[at] ?? 0) + (failed[at] ?? 0) + (blocked[at] ?? 0) > 0)
    .toReversed()
    .slice(0, 60);
  const timeText = (at: number): string => clockText((grid.times[at] ?? 0) * 1_000);
  return (
    <DataTable
      caption="Calls per second and latency, newest first"
      rows={rows}
      rowKey={String}
      columns={(col) => [
        col.of('From', (at) => <span class="numbers">{timeText(at)}</span>),
        col.number('Succeeded', (at) => rateText(succeeded[at] ?? null)),
        col.number('Failed', (at) => rateText(failed[at] ?? null)),
        col.number('Blocked', (at) => rateText(blocked[at] ?? null)),
        col.number('p95', (at) => durationText(p95[at] ?? null)),
      ]}
    />
  );
}

function rateText(rate: number | null): string {
  if (rate === null) return '—';
  if (rate === 0) return '0/s';
  return rate < 0.1 ? '< 0.1/s' : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
}

function callsSentence({ times, stepS }: Grid, { succeeded, failed, blocked }: CallRates): string {
  const [good = 0, bad = 0, refused = 0] = [succeeded, failed, blocked].map((rates) =>
    Math.round(rates.reduce<number>((all, rate) => all + (rate ?? 0), 0) * stepS),
  );
  const worst = failed.reduce<number>((top, rate, at) => ((rate ?? 0) > (failed[top] ?? 0) ? at : top), 0);
  const peak = bad === 0 ? '' : ` Most failures at ${clockText((times[worst] ?? 0) * 1_000)}.`;
  return `${good + bad + refused} calls: ${bad} failed (${shareText(bad, good + bad)} of those attempted), ${refused} blocked.${peak}`;
}

function latencySentence(lines: readonly { readonly label: string; readonly values: Values }[]): string {
  const last = lines.map(
    ({ label, values }) => `${label} ${durationText(values.findLast((value) => value !== null) ?? null)}`,
  );
  return `Latest latency: ${last.join(', ')}.`;
}
