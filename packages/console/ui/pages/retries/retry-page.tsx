import { Card } from '@dualbrake/kit';
import type { FunnelView, RetryDetail } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf, queryChoice } from '../../live/router.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Figures, SettingFacts } from '../../parts/facts.tsx';
import { SegmentFilter } from '../../parts/filters.tsx';
import { AsOf, Loaded, Page } from '../../parts/page.tsx';
import { clockText, durationText, numberText } from '../../words/words.ts';
import { ErrorTable } from '../breakers/error-table.tsx';
import { Funnel } from './funnel.tsx';

/** Labels by seconds. */
const windows = { 300: '5 min', 900: '15 min', 3600: '1 h', '': 'All' };

/** One retry policy: funnel, durations, errors and settings. */
export function RetryPage({ id }: Readonly<{ id: string }>) {
  const window = queryChoice('window', windows);
  const path = `retries/${encodeURIComponent(id)}`;
  const retry = useResource<RetryDetail>(path);
  const funnel = useResource<FunnelView>(`${path}/funnel${window === '' ? '' : `?window=${window}`}`);
  return (
    <Page
      title={retry.data?.pipeline ?? id}
      back={{ href: hrefOf(['retries']), label: 'Retries' }}
      description={retry.data && `Strategy: ${retry.data.strategy}`}
      actions={<SegmentFilter name="window" label="Time range" options={windows} />}
    >
      <Loaded resource={funnel} what="the funnel">
        {(view) => (
          <>
            <Figures
              figures={[
                {
                  name: 'Operations',
                  value: numberText(view.operations),
                  note: `since ${clockText(view.since)}`,
                },
                {
                  name: 'Amplification',
                  value: view.amplification?.toFixed(2) ?? '—',
                  note: 'attempts per operation',
                },
                { name: 'Saved by retries', term: 'After retry', value: numberText(view.endings.after_retry) },
                {
                  name: 'Average delay',
                  value: durationText(retry.data?.delays.mean_ms ?? null),
                  note: `p95 ${durationText(retry.data?.delays.p95_ms ?? null)}`,
                },
                { name: 'Wasted delay', value: durationText(view.wasted_ms) },
              ]}
            />
            <Card title="Funnel" actions={<AsOf resource={funnel} />}>
              {view.partial && (
                <p class="status-detail">Recording began at {clockText(view.since)}; there is no earlier data.</p>
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
                <SettingFacts settings={detail.settings} />
              </Card>
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** Attempts exclude the delays between them, operations include them. */
function Durations({ detail }: Readonly<{ detail: RetryDetail }>) {
  return (
    <Card title="Durations" flush>
      <DataTable
        caption="Durations"
        rows={[
          { name: 'Attempt', ...detail.attempt_durations },
          { name: 'Delay before a retry', ...detail.delays },
          { name: 'Operation, with retries', ...detail.operation_durations },
        ]}
        rowKey={({ name }) => name}
        columns={(col) => [
          col.of('Duration of', ({ name }) => name),
          col.number('p50', ({ p50_ms: ms }) => durationText(ms)),
          col.number('p95', ({ p95_ms: ms }) => durationText(ms)),
          col.number('Longest', ({ max_ms: ms }) => durationText(ms)),
        ]}
      />
    </Card>
  );
}
