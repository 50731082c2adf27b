import './retries.css';
import { Card, EmptyState, Table } from '@dualbrake/kit';
import type { PageProps } from '../../pages.ts';
import { ReportPage } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { countText } from '../../words/words.ts';
import { retryColumns } from './retry-columns.tsx';
import { RetryPage } from './retry-page.tsx';

/** All retries, or the one in the URL. */
export function RetriesPage({ rest: [id] }: PageProps) {
  if (id !== undefined) return <RetryPage id={id} />;
  return (
    <ReportPage title="Retries" description="Which pipelines retry, what that saves, and what it costs the dependency.">
      {({ retries }) => (
        <>
          {retries.length === 0 ? (
            <EmptyState icon="refresh" title="No retries">
              None of the application’s pipelines retries. Add retry() in front of a breaker and it appears here.
            </EmptyState>
          ) : (
            <Card title={countText(retries.length, 'policy', 'policies')} flush>
              <Table
                caption="Retries by pipeline, since the start"
                hover
                rows={retries}
                rowKey={({ id: key }) => key}
                columns={retryColumns}
              />
            </Card>
          )}
          <p class="status-detail">
            <Term term="Amplification">Attempts per operation</Term> close to 1 are good;{' '}
            <Term term="After retry">saved</Term> operations would have failed without retries.
          </p>
        </>
      )}
    </ReportPage>
  );
}
