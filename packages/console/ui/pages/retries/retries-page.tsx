import './retries.css';
import { Card } from '@dualbrake/kit';
import type { PageProps } from '../../pages.ts';
import { ReportPage } from '../../parts/page.tsx';
import { Term } from '../../parts/term.tsx';
import { countText } from '../../words/words.ts';
import { RetryPage } from './retry-page.tsx';
import { RetryTable } from './retry-table.tsx';

/** All retries, or the one in the URL. */
export function RetriesPage({ rest: [id] }: PageProps) {
  if (id !== undefined) return <RetryPage id={id} />;
  return (
    <ReportPage
      title="Retries"
      description="The pipelines that retry, how many operations that saves, and the load it adds."
    >
      {({ retries }) => (
        <>
          <Card title={countText(retries.length, 'policy', 'policies')} flush>
            <RetryTable retries={retries} />
          </Card>
          <p class="status-detail">
            <Term term="Amplification">Attempts per operation</Term> close to 1 are good;{' '}
            <Term term="After retry">saved</Term> operations would have failed without retries.
          </p>
        </>
      )}
    </ReportPage>
  );
}
