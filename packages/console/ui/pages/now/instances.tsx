import { Card, StatusMark } from '@dualbrake/kit';
import type { InstanceView } from '../../../src/contract.ts';
import { serverNow } from '../../live/server-clock.ts';
import { Term } from '../../parts/term.tsx';
import { Time } from '../../parts/time.tsx';
import { durationText } from '../../words/words.ts';

const SILENT_MS = 15_000;
/** Above this everything in the process is slow, including the console. */
const SLOW_LOOP_MS = 200;

/** The processes that this console speaks for. */
export function Instances({ instances }: { readonly instances: readonly InstanceView[] }) {
  return (
    <Card title="Processes" flush>
      <ul class="status-list">
        {instances.map(({ id, version, node, started_at: started, last_report_at: last, loop_delay_p99_ms: delay }) => {
          const silent = serverNow() - Date.parse(last) > SILENT_MS;
          return (
            <li class="status-item" key={id}>
              <div class="status-head">
                <h3>{id}</h3>
                <StatusMark shape={silent ? 'hourglass' : 'circle'} tone={silent ? 'warning' : 'success'}>
                  {silent ? 'No report' : 'Last report'} <Time instant={last} />
                </StatusMark>
              </div>
              <p class="status-detail">
                {version !== '' && `Version ${version}, `}Node {node.replace(/^v/, '')}, started{' '}
                <Time instant={started} />. <Term term="loop-delay" /> {durationText(delay)}.
              </p>
              {delay !== null && delay > SLOW_LOOP_MS && (
                <p class="status-detail">The console runs in this process, so actions may be slow.</p>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
