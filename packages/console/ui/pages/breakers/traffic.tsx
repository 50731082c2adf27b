import { useMemo, useState } from 'preact/hooks';
import { Button, Card, EmptyState, Segments, Table } from '@dualbrake/kit';
import type { BreakerView, HistoryView } from '../../../src/contract.ts';
import { HeatMap } from '../../charts/heat-map.tsx';
import { callRates, gridOf, percentiles, type CallRates, type Grid } from '../../charts/history-series.ts';
import { LineChart } from '../../charts/line-chart.tsx';
import { useResource } from '../../live/resource.ts';
import { place, setQuery } from '../../live/router.ts';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { clockText, durationText, shareText } from '../../words/words.ts';

/** Seconds to show, and seconds that a point stands for. */
const ranges = {
  '15m': { label: '15 min', window: 900, step: 10 },
  '1h': { label: '1 h', window: 3_600, step: 30 },
  '6h': { label: '6 h', window: 21_600, step: 120 },
  '24h': { label: '24 h', window: 86_400, step: 600 },
} as const;
type Range = keyof typeof ranges;
const rangeNames = Object.keys(ranges) as readonly Range[];

/** Calls and how long they took, over time. */
export function Traffic({ id, breaker }: { readonly id: string; readonly breaker: BreakerView }) {
  const wanted = place.value.query.get('range');
  const range = rangeNames.find((name) => name === wanted) ?? '15m';
  const { window, step } = ranges[range];
  const history = useResource<HistoryView>(`breakers/${encodeURIComponent(id)}/history?window=${window}&step=${step}`, {
    everyMs: Math.max(5_000, step * 500),
  });
  return (
    <Card
      title="Calls and latency"
      actions={
        <>
          <AsOf resource={history} />
          <Segments
            label="Time shown"
            value={range}
            options={rangeNames.map((name) => ({ value: name, label: ranges[name].label }))}
            onChange={(next) => setQuery({ range: next === '15m' ? undefined : next })}
          />
        </>
      }
    >
      <Loaded resource={history} what="the history">
        {(view) => <Charts view={view} breaker={breaker} />}
      </Loaded>
    </Card>
  );
}

function Charts({ view, breaker }: { readonly view: HistoryView; readonly breaker: BreakerView }) {
  const [asTable, setAsTable] = useState(false);
  const [latency, setLatency] = useState<'lines' | 'heat'>('lines');
  const { grid, rates, series, lines } = useMemo(() => seriesOf(view), [view]);
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
    <div class="traffic">
      {view.partial && (
        <p class="status-detail">
          Recording began at {clockText(Date.parse(view.points[0]?.at ?? view.from))}; there is no earlier data.
        </p>
      )}
      <h3>Calls per second</h3>
      {asTable ? (
        <TrafficTable grid={grid} rates={rates} boundsMs={view.bounds_ms} />
      ) : (
        <LineChart times={grid.times} series={series} format={rateText} sentence={sentence} />
      )}
      <p class="status-detail">{sentence}</p>
      {!asTable && (
        <>
          <div class="traffic-head">
            <h3>Latency</h3>
            <Segments
              label="Latency as"
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
  // Stacked: what stands in front is drawn last, and each bar begins at the ground.
  const together = (...parts: readonly (readonly (number | null)[])[]): (number | null)[] =>
    grid.times.map((_, at) =>
      parts.every((part) => part[at] === null) ? null : parts.reduce((sum, part) => sum + (part[at] ?? 0), 0),
    );
  const { succeeded, failed, blocked } = rates;
  return {
    grid,
    rates,
    series: [
      {
        label: 'Succeeded',
        color: '--chart-ok',
        bars: true,
        values: together(succeeded, blocked, failed),
        said: succeeded,
      },
      { label: 'Blocked', color: '--chart-refused', bars: true, values: together(blocked, failed), said: blocked },
      { label: 'Failed', color: '--chart-failed', bars: true, values: together(failed), said: failed },
    ],
    lines: [
      { label: 'p50', color: '--chart-p50', values: percentiles(grid, view.bounds_ms, 0.5) },
      { label: 'p95', color: '--chart-p95', dash: [6, 3], values: percentiles(grid, view.bounds_ms, 0.95) },
      { label: 'p99', color: '--chart-p99', dash: [2, 2], values: percentiles(grid, view.bounds_ms, 0.99) },
    ],
  };
}

function TrafficTable({
  grid,
  rates,
  boundsMs,
}: {
  readonly grid: Grid;
  readonly rates: CallRates;
  readonly boundsMs: readonly number[];
}) {
  const p95 = percentiles(grid, boundsMs, 0.95);
  const rows = grid.times
    .map((time, at) => ({
      time,
      succeeded: rates.succeeded[at],
      failed: rates.failed[at],
      blocked: rates.blocked[at],
      p95: p95[at],
    }))
    .filter(({ succeeded, failed, blocked }) => (succeeded ?? 0) + (failed ?? 0) + (blocked ?? 0) > 0)
    .toReversed()
    .slice(0, 60);
  return (
    <Table
      caption="Calls per second and latency, newest first"
      rows={rows}
      rowKey={({ time }) => String(time)}
      columns={[
        { key: 'time', header: 'From', cell: ({ time }) => <span class="numbers">{clockText(time * 1_000)}</span> },
        {
          key: 'ok',
          header: 'Succeeded',
          align: 'end',
          cell: ({ succeeded }) => <span class="numbers">{rateText(succeeded ?? null)}</span>,
        },
        {
          key: 'failed',
          header: 'Failed',
          align: 'end',
          cell: ({ failed }) => <span class="numbers">{rateText(failed ?? null)}</span>,
        },
        {
          key: 'blocked',
          header: 'Blocked',
          align: 'end',
          cell: ({ blocked }) => <span class="numbers">{rateText(blocked ?? null)}</span>,
        },
        {
          key: 'p95',
          header: 'p95',
          align: 'end',
          cell: (row) => <span class="numbers">{durationText(row.p95 ?? null)}</span>,
        },
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
  const sum = (rates: readonly (number | null)[]): number =>
    Math.round(rates.reduce<number>((all, rate) => all + (rate ?? 0), 0) * stepS);
  const [good, bad, refused] = [sum(succeeded), sum(failed), sum(blocked)];
  const worst = failed.reduce<number>((top, rate, at) => ((rate ?? 0) > (failed[top] ?? 0) ? at : top), 0);
  const peak = bad === 0 ? '' : ` Most failures at ${clockText((times[worst] ?? 0) * 1_000)}.`;
  return `${good + bad + refused} calls: ${bad} failed (${shareText(bad, good + bad)} of those attempted), ${refused} blocked.${peak}`;
}

function latencySentence(
  lines: readonly { readonly label: string; readonly values: readonly (number | null)[] }[],
): string {
  const last = lines.map(
    ({ label, values }) => `${label} ${durationText(values.findLast((value) => value !== null) ?? null)}`,
  );
  return `Latest latency: ${last.join(', ')}.`;
}
