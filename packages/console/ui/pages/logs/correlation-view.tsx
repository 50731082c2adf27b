import { Card, CopyField, EmptyState, LinkButton } from '@dualbrake/kit';
import type { LogPage } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { durationText } from '../../words/words.ts';
import { LineTime, LogLineView } from './log-line-view.tsx';
import { waterfallOf } from './waterfall.ts';

/** Everything that shares one correlation id, in the order in which it happened: attempts, waits and breakers' decisions. */
export function CorrelationView({ id }: { readonly id: string }) {
  const page = useResource<LogPage>(`logs?order=oldest&limit=500&correlation_id=${encodeURIComponent(id)}`);
  return (
    <Loaded resource={page} what="the lines of this call">
      {({ lines }) => {
        if (lines.length === 0) {
          return (
            <EmptyState
              title="No lines with this correlation ID"
              actions={<LinkButton href={hrefOf(['logs'])}>All lines</LinkButton>}
            >
              {id} isn’t in the retained lines. Its lines may have been dropped by now.
            </EmptyState>
          );
        }
        const { rows, totalMs } = waterfallOf(lines);
        return (
          <>
            <CopyField label="Correlation ID" text={id} />
            <Card
              title={`${rows.length} line${rows.length === 1 ? '' : 's'} with this ID, over ${durationText(totalMs)}`}
              actions={<AsOf resource={page} />}
              flush
            >
              <ol class="log-lines waterfall">
                {rows.map(({ line, afterMs, begin, length, isWait }) => (
                  <LogLineView
                    key={line.seq}
                    line={line}
                    lead={
                      <span class="waterfall-lead">
                        <LineTime at={line.at} />
                        <span class="waterfall-after numbers">+{durationText(afterMs)}</span>
                        <svg class="waterfall-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                          <rect class="waterfall-track" width="100" height="8" />
                          <rect
                            class={isWait ? 'waterfall-wait' : 'waterfall-work'}
                            x={begin * 100}
                            width={Math.max(1.5, length * 100)}
                            height="8"
                          />
                        </svg>
                      </span>
                    }
                  />
                ))}
              </ol>
            </Card>
          </>
        );
      }}
    </Loaded>
  );
}
