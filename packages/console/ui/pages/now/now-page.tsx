import { Card } from '@dualbrake/kit';
import type { OverviewView } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { serverNow } from '../../live/server-clock.ts';
import { ReportPage } from '../../parts/page.tsx';
import { ServiceList } from '../../parts/service-row.tsx';
import { StateMark } from '../../parts/status.tsx';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import { breakerStatus, countText, durationText, needsAttention } from '../../words/words.ts';
import { RetryTable } from '../retries/retry-table.tsx';
import { Changes } from './changes.tsx';
import { NeedsYou } from './needs-you.tsx';
import { Verdict } from './verdict.tsx';

type Report = Readonly<{ report: OverviewView }>;

/** Failures with their start, cause and actions, on one screen. */
export function NowPage() {
  return (
    <ReportPage title="System status">
      {(report) => (
        <>
          <Verdict report={report} />
          <div class="columns">
            <div class="column">
              <NeedsYou report={report} />
              <Healthy report={report} />
              <Card title="Retries" actions={<a href={hrefOf(['retries'])}>All retries</a>} flush>
                <RetryTable retries={report.retries} brief />
              </Card>
            </div>
            <div class="column">
              <Card title="Services" actions={<a href={hrefOf(['services'])}>All services</a>} flush>
                <ServiceList services={report.services} />
              </Card>
              <Changes changes={report.changes} />
              <Processes report={report} />
            </div>
          </div>
        </>
      )}
    </ReportPage>
  );
}

const HEALTHY_SHOWN = 24;

function Healthy({ report }: Report) {
  const healthy = report.breakers.filter((breaker) => !needsAttention(breaker));
  if (healthy.length === 0) return null;
  return (
    <Card
      title={`${countText(healthy.length, 'breaker')} closed: calls flow`}
      actions={<a href={hrefOf(['breakers'])}>All breakers</a>}
    >
      <ul class="row">
        {healthy.slice(0, HEALTHY_SHOWN).map((breaker) => (
          <li key={breaker.id}>
            <a class="chip" href={hrefOf(['breakers', breaker.id])}>
              <StateMark status={breakerStatus(breaker)}>{breaker.name}</StateMark>
            </a>
          </li>
        ))}
        {healthy.length > HEALTHY_SHOWN && (
          <li>
            <a class="chip" href={hrefOf(['breakers'], { state: 'closed' })}>
              {healthy.length - HEALTHY_SHOWN} more
            </a>
          </li>
        )}
      </ul>
    </Card>
  );
}

const SILENT_MS = 15_000;
/** Above this everything in the process is slow, including the console. */
const SLOW_LOOP_MS = 200;

function Processes({ report: { instances } }: Report) {
  return (
    <Card title="Processes" flush>
      <ul class="list">
        {instances.map(({ id, version, node, started_at: started, last_report_at: last, loop_delay_p99_ms: delay }) => {
          const isSilent = serverNow() - Date.parse(last) > SILENT_MS;
          return (
            <li class="status-item" key={id}>
              <div class="status-head row spread">
                <h3>{id}</h3>
                <StateMark
                  status={isSilent ? { shape: 'hourglass', tone: 'warning' } : { shape: 'circle', tone: 'success' }}
                >
                  {isSilent ? 'No report' : 'Last report'} <Time instant={last} />
                </StateMark>
              </div>
              <p class="status-detail">
                {version !== '' && `Version ${version}, `}Node {node.replace(/^v/, '')}, started{' '}
                <Time instant={started} />. <Term term="Event-loop delay" /> {durationText(delay)}.{' '}
                {(delay ?? 0) > SLOW_LOOP_MS && 'The console runs in this process, so actions may be slow.'}
              </p>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
