import { Card, Segments, Table } from '@dualbrake/kit';
import type { FunnelView, RetryDetail } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf, place, setQuery } from '../../live/router.ts';
import { Facts, Figures } from '../../parts/facts.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { ErrorTable } from '../breakers/error-table.tsx';
import { settingName, settingValue } from '../../words/setting-words.ts';
import { clockText, durationText, numberText } from '../../words/words.ts';
import { Funnel } from './funnel.tsx';

/** Seconds back; empty: since measuring began. */
const windows = [
  { value: '300', label: '5 min' },
  { value: '900', label: '15 min' },
  { value: '3600', label: '1 h' },
  { value: '', label: 'All' },
] as const;

/** One policy: its funnel, its waits, what it fails with. */
export function RetryPage({ id }: { readonly id: string }) {
  const wanted = place.value.query.get('window');
  const window = windows.find(({ value }) => value === wanted)?.value ?? '';
  const path = `retries/${encodeURIComponent(id)}`;
  const retry = useResource<RetryDetail>(path);
  const funnel = useResource<FunnelView>(`${path}/funnel${window === '' ? '' : `?window=${window}`}`);
  const name = retry.data?.pipeline ?? id;
  return (
    <Page
      title={name}
      back={{ href: hrefOf(['retries']), label: 'Retries' }}
      description={retry.data === undefined ? undefined : `Strategy: ${retry.data.strategy}`}
      actions={
        <Segments label="Time shown" value={window} options={windows} onChange={(next) => setQuery({ window: next })} />
      }
    >
      <Loaded resource={funnel} what="the funnel">
        {(view) => (
          <>
            <Figures
              figures={[
                {
                  name: 'Operations',
                  term: 'operations',
                  value: numberText(view.operations),
                  note: `since ${clockText(Date.parse(view.since))}`,
                },
                {
                  name: 'Amplification',
                  term: 'amplification',
                  value: view.amplification === null ? '—' : view.amplification.toFixed(2),
                  note: 'attempts per operation',
                },
                {
                  name: 'Saved by retries',
                  term: 'after-retry',
                  value: numberText(view.endings.after_retry),
                },
                {
                  name: 'Average delay',
                  term: 'average-delay',
                  value: durationText(retry.data?.delays.mean_ms ?? null),
                  note: `p95 ${durationText(retry.data?.delays.p95_ms ?? null)}`,
                },
                { name: 'Wasted delay', term: 'wasted-wait', value: durationText(view.wasted_ms) },
              ]}
            />
            <Card title="Funnel" actions={<AsOf resource={funnel} />}>
              {view.partial && (
                <p class="status-detail">
                  Recording began at {clockText(Date.parse(view.since))}; there is no earlier data.
                </p>
              )}
              {view.operations + view.in_flight_before === 0 ? (
                <p class="muted">No operations in this range.</p>
              ) : (
                <Funnel funnel={view} />
              )}
            </Card>
          </>
        )}
      </Loaded>
      <Loaded resource={retry} what="the policy">
        {(detail) => (
          <div class="columns">
            <div class="column">
              <Card title="Errors of attempts" flush>
                <ErrorTable errors={detail.errors_by_type} />
              </Card>
            </div>
            <div class="column">
              <Durations detail={detail} />
              <Card title="Settings" actions={<a href={hrefOf(['settings'], { member: id })}>Change</a>}>
                <Facts
                  facts={Object.entries(detail.settings).map(([setting, value]) => ({
                    name: settingName(setting),
                    value: typeof value === 'number' ? settingValue(setting, value) : String(value),
                  }))}
                />
              </Card>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** Attempts and operations apart: waiting between attempts would spoil both. */
function Durations({ detail }: { readonly detail: RetryDetail }) {
  const rows = [
    { name: 'Attempt', ...detail.attempt_durations },
    { name: 'Delay before a retry', ...detail.delays },
    { name: 'Operation, with retries', ...detail.operation_durations },
  ];
  return (
    <Card title="Durations" flush>
      <Table
        caption="Durations"
        rows={rows}
        rowKey={({ name }) => name}
        columns={[
          { key: 'name', header: 'What', cell: ({ name }) => name },
          { key: 'p50', header: 'p50', align: 'end', cell: ({ p50_ms: ms }) => text(ms) },
          { key: 'p95', header: 'p95', align: 'end', cell: ({ p95_ms: ms }) => text(ms) },
          { key: 'max', header: 'Longest', align: 'end', cell: ({ max_ms: ms }) => text(ms) },
        ]}
      />
    </Card>
  );
}

function text(ms: number | null) {
  return <span class="numbers">{durationText(ms)}</span>;
}
