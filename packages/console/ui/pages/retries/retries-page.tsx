import { Card, EmptyState, Table } from '@dualbrake/kit';
import type { RetryView } from '../../../src/contract.ts';
import { useConsole } from '../../live/context.ts';
import { hrefOf } from '../../live/router.ts';
import { NoReport, Page } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { durationText, numberText } from '../../words/words.ts';

/** Who tries again, what it saves, and what it costs. */
export function RetriesPage() {
  const report = useConsole().live.report.value;
  return (
    <Page title="Retries" description="Which pipelines retry, what that saves, and what it costs the dependency.">
      {report === undefined ? (
        <NoReport />
      ) : report.retries.length === 0 ? (
        <EmptyState icon="refresh" title="No retries">
          None of the application’s pipelines retries. Add retry() in front of a breaker and it appears here.
        </EmptyState>
      ) : (
        <Card title={`${report.retries.length} ${report.retries.length === 1 ? 'policy' : 'policies'}`} flush>
          <Table
            caption="Retries by pipeline, since the start"
            hover
            rows={report.retries}
            rowKey={({ id }) => id}
            columns={[
              {
                key: 'name',
                header: 'Pipeline',
                cell: ({ id, pipeline, strategy }) => (
                  <>
                    <a class="row-link" href={hrefOf(['retries', id])} data-row>
                      {pipeline}
                    </a>
                    <span class="row-note">{strategy}</span>
                  </>
                ),
              },
              { key: 'operations', header: 'Operations', align: 'end', cell: counted(({ calls }) => calls) },
              {
                key: 'amplification',
                header: 'Attempts per operation',
                align: 'end',
                cell: ({ calls, attempts }) => (
                  <span class="numbers">{calls === 0 ? '—' : (attempts / calls).toFixed(2)}</span>
                ),
              },
              {
                key: 'saved',
                header: 'Saved by retries',
                align: 'end',
                cell: counted(({ succeeded_after_retry: saved }) => saved),
              },
              {
                key: 'lost',
                header: 'Gave up',
                align: 'end',
                cell: counted(({ gave_up: gaveUp }) => Object.values(gaveUp).reduce((sum, count) => sum + count, 0)),
              },
              {
                key: 'wait',
                header: 'Average delay',
                align: 'end',
                cell: ({ average_delay_ms: delay }) => <span class="numbers">{durationText(delay)}</span>,
              },
            ]}
          />
        </Card>
      )}
      <p class="status-detail">
        <Term term="amplification">Attempts per operation</Term> near 1 is good; <Term term="after-retry">saved</Term>{' '}
        operations would have failed without retries.
      </p>
    </Page>
  );
}

/** Before the first call nothing has been counted: that is a dash, not 0. */
function counted(pick: (retry: RetryView) => number) {
  return (retry: RetryView) => <span class="numbers">{numberText(retry.calls === 0 ? null : pick(retry))}</span>;
}
