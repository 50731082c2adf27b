import { useState } from 'preact/hooks';
import { Button, Card, EmptyState, exactTimeText, Segments } from '@dualbrake/kit';
import type { IncidentDetail, TimelineEntry, TimelineFold } from '../../../src/contract.ts';
import { hrefOf } from '../../live/router.ts';
import { TimelineItem } from '../../parts/timeline.tsx';
import { clockText, sentence } from '../../words/words.ts';
import { kindLabels, rowsOf } from './incident-words.ts';

const filters = {
  people: ['order', 'operation', 'config', 'fault', 'note', 'incident'],
  states: ['transition', 'service', 'check'],
  failures: ['failure', 'error', 'log'],
} as const satisfies Readonly<Record<string, readonly TimelineEntry['kind'][]>>;

export function IncidentTimeline({ timeline, folds }: Pick<IncidentDetail, 'timeline' | 'folds'>) {
  const [filter, setFilter] = useState<'all' | keyof typeof filters>('all');
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const kinds: readonly string[] | undefined = filter === 'all' ? undefined : filters[filter];
  const rows = rowsOf(
    kinds === undefined ? timeline : timeline.filter(({ kind }) => kinds.includes(kind)),
    folds,
    unfolded,
  );
  const toggle = (index: number): void => {
    const next = new Set(unfolded);
    if (!next.delete(index)) next.add(index);
    setUnfolded(next);
  };
  return (
    <Card
      title="Timeline"
      actions={
        <Segments
          label="Entries to show"
          value={filter}
          options={[
            { value: 'all', label: 'All' },
            { value: 'people', label: 'People' },
            { value: 'states', label: 'States' },
            { value: 'failures', label: 'Failures' },
          ]}
          onChange={setFilter}
        />
      }
      flush
    >
      {rows.length === 0 ? (
        <EmptyState title="No entries of this kind" />
      ) : (
        <ol class="list timeline incident-timeline">
          {rows.map((row) =>
            row.kind === 'fold' ? (
              <Fold
                key={`fold ${row.index}`}
                fold={row.fold}
                isOpen={unfolded.has(row.index)}
                toggle={() => toggle(row.index)}
              />
            ) : (
              <Entry key={`${row.entry.at} ${row.entry.kind} ${row.entry.target} ${row.entry.text}`} {...row} />
            ),
          )}
        </ol>
      )}
    </Card>
  );
}

function Entry({ entry, time }: Readonly<{ entry: TimelineEntry; time: string }>) {
  const { at, kind, text, actor, correlation_id: cid } = entry;
  return (
    <TimelineItem
      lead={<span class="status-detail">{kindLabels[kind]}</span>}
      when={<time dateTime={at} title={exactTimeText(Date.parse(at))} children={time} />}
    >
      {sentence(text)}
      {actor !== null && <span class="muted"> By {actor}.</span>}{' '}
      {cid !== null && <a href={hrefOf(['logs'], { cid })}>View logs</a>}
    </TimelineItem>
  );
}

/** `database: 130 × half-open/open between 03:12:04 and 03:14:10.` */
function Fold({ fold, isOpen, toggle }: Readonly<{ fold: TimelineFold; isOpen: boolean; toggle: () => void }>) {
  const start = clockText(fold.from);
  return (
    <TimelineItem lead={<span class="status-detail">Flapping</span>} when={start}>
      {fold.text} between {start} and {clockText(fold.to)}.{' '}
      <Button size="small" variant="quiet" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? 'Hide changes' : 'Show changes'}
      </Button>
    </TimelineItem>
  );
}
