import { Card, EmptyState } from '@dualbrake/kit';
import { useConsole } from '../../live/context.ts';
import { hrefOf } from '../../live/router.ts';
import { NoReport, Page } from '../../parts/page.tsx';
import { ServiceRow } from '../../parts/service-row.tsx';
import { Changes } from './changes.tsx';
import { Healthy } from './healthy.tsx';
import { Instances } from './instances.tsx';
import { NeedsYou } from './needs-you.tsx';
import { RetryPressure } from './retry-pressure.tsx';
import { Verdict } from './verdict.tsx';

/** What is broken, since when and why, and what can be done: everything needed in the first ten seconds. */
export function NowPage() {
  const report = useConsole().live.report.value;
  return (
    <Page title="System status">
      {report === undefined ? (
        <NoReport />
      ) : (
        <>
          <Verdict report={report} />
          <div class="columns">
            <div class="column">
              <NeedsYou report={report} />
              <Healthy report={report} />
              <RetryPressure retries={report.retries} />
            </div>
            <div class="column">
              <Card title="Services" actions={<a href={hrefOf(['services'])}>All services</a>} flush>
                {report.services.length === 0 ? (
                  <EmptyState icon="server" title="No services">
                    The application hasn’t registered any services to watch or restart.
                  </EmptyState>
                ) : (
                  <ul class="status-list">
                    {report.services.map((service) => (
                      <ServiceRow key={service.id} service={service} />
                    ))}
                  </ul>
                )}
              </Card>
              <Changes changes={report.changes} />
              <Instances instances={report.instances} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}
