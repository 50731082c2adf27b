import { useEffect, useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState } from '@dualbrake/kit';
import type { LogLine, LogPage } from '../../../src/contract.ts';
import { useConsole } from '../../live/context.ts';
import { useRequest } from '../../live/request.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { setQuery } from '../../live/router.ts';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { countText, numberText } from '../../words/words.ts';
import { filterText, parametersOf, type LogFilter } from './log-filter.ts';
import { LogLineView } from './log-line-view.tsx';

const PAGE_LINES = 200;

interface Older {
  readonly lines: readonly LogLine[];
  /** Of the next page; `null` at the end, `undefined` before the first older page. */
  readonly cursor?: string | null;
}

/** Retained lines, newest first. */
export function LogList({ filter }: Readonly<{ filter: LogFilter }>) {
  const { api } = useConsole();
  const settled = useDebounced(parametersOf(filter).toString(), 250);
  const path = `logs?limit=${PAGE_LINES}${settled === '' ? '' : `&${settled}`}`;
  const first = useResource<LogPage>(path);
  const { busy, problem, run } = useRequest();
  const [older, setOlder] = useState<Older>({ lines: [] });
  useEffect(() => setOlder({ lines: [] }), [settled]);
  const next = older.cursor === undefined ? first.data?.next_cursor : older.cursor;
  const loadOlder = async (): Promise<void> => {
    const page = await api.get<LogPage>(`${path}&cursor=${encodeURIComponent(next ?? '')}`);
    setOlder(({ lines }) => ({ lines: [...lines, ...page.lines], cursor: page.next_cursor }));
  };
  return (
    <Loaded resource={first} what="the log">
      {({ lines, kept, dropped }) => {
        const newest = new Set(lines.map(({ seq }) => seq));
        // Older pages may overlap with the newest one, which keeps moving.
        const shown = [...lines, ...older.lines.filter(({ seq }) => !newest.has(seq))];
        if (shown.length === 0) return <NoLines filter={filter} kept={kept} />;
        return (
          <Card title={`${countText(shown.length, 'line')}, newest first`} actions={<AsOf resource={first} />} flush>
            <ol class="list log-lines">
              {shown.map((line) => (
                <LogLineView key={line.seq} line={line} />
              ))}
            </ol>
            <div class="log-foot row spread">
              <span class="muted">
                {countText(kept, 'line')} retained{dropped > 0 && `, ${numberText(dropped)} older ones dropped`}.
              </span>
              {typeof next === 'string' && next !== '' && (
                <Button size="small" busy={busy} onClick={() => run(loadOlder)}>
                  Older lines
                </Button>
              )}
            </div>
            {problem !== undefined && (
              <Banner tone="warning" title="Couldn’t load older lines" role="alert">
                {problem}
              </Banner>
            )}
          </Card>
        );
      }}
    </Loaded>
  );
}

function NoLines({ filter, kept }: Readonly<{ filter: LogFilter; kept: number }>) {
  const text = filterText(filter);
  if (text === '') {
    return (
      <EmptyState icon="file" title="No lines yet">
        Lines logged by the application, and decisions of its breakers and retries, appear here.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No matching lines" actions={<Button onClick={clearFilters}>Clear filters</Button>}>
      None of the {numberText(kept)} retained lines matches {text}.
    </EmptyState>
  );
}

function clearFilters(): void {
  setQuery({ q: '', level: '', breaker: '', cid: '' });
}
