import { Card, CopyField, EmptyState, LinkButton } from '@dualbrake/kit';
import type { LogPage } from '../../../src/contract.ts';
import { useResource } from '../../live/resource.ts';
import { hrefOf } from '../../live/router.ts';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { countText, durationText } from '../../words/words.ts';
import { LineTime, LogLineView } from './log-line-view.tsx';
import { waterfallOf, type WaterfallRow } from './waterfall.ts';

/** All lines of one call, by its correlation ID: attempts, delays and decisions of breakers. */
export function CorrelationView({ id }: Readonly<{ id: string }>) {
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
              None of the retained lines has the ID {id}. Its lines may have been dropped by now.
            </EmptyState>
          );
        }
        const { rows, totalMs } = waterfallOf(lines);
        return (
          <>
            <CopyField label="Correlation ID" text={id} />
            <Card
              title={`${countText(rows.length, 'line')} with this ID, over ${durationText(totalMs)}`}
              actions={<AsOf resource={page} />}
              flush
            >
              <ol class="list log-lines waterfall">
                {rows.map((row) => (
                  <LogLineView key={row.line.seq} line={row.line} lead={<Lead row={row} />} />
                ))}
              </ol>
            </Card>
          </>
        );
      }}
    </Loaded>
  );
}

function Lead({ row: { line, afterMs, begin, length, isDelay } }: Readonly<{ row: WaterfallRow }>) {
  return (
    <span class="waterfall-lead">
      <LineTime at={line.at} />
      <span class="waterfall-after numbers">+{durationText(afterMs)}</span>
      <svg class="waterfall-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="waterfall-track" width="100" height="8" />
        <rect
          class={isDelay ? 'waterfall-delay' : 'waterfall-work'}
          x={begin * 100}
          width={Math.max(1.5, length * 100)}
          height="8"
        />
      </svg>
    </span>
  );
}
