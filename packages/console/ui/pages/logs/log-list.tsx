import { useEffect, useState } from 'preact/hooks';
import { Banner, Button, Card, EmptyState } from '@dualbrake/kit';
import type { LogLine, LogPage } from '../../../src/contract.ts';
import { ApiError } from '../../live/api.ts';
import { useConsole } from '../../live/context.ts';
import { useDebounced, useResource } from '../../live/resource.ts';
import { setQuery } from '../../live/router.ts';
import { AsOf, Loaded } from '../../parts/page.tsx';
import { numberText } from '../../words/words.ts';
import { describeFilter, parametersOf, type LogFilter } from './log-filter.ts';
import { LogLineView } from './log-line-view.tsx';

const PAGE = 200;

/** What has been logged, newest first. */
export function LogList({ filter }: { readonly filter: LogFilter }) {
  const { api } = useConsole();
  const settled = useDebounced(parametersOf(filter).toString(), 250);
  const first = useResource<LogPage>(`logs?limit=${PAGE}${settled === '' ? '' : `&${settled}`}`);
  const [older, setOlder] = useState<readonly LogLine[]>([]);
  const [cursor, setCursor] = useState<string | null | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setOlder([]);
    setCursor(undefined);
    setProblem(undefined);
  }, [settled]);
  const next = cursor === undefined ? first.data?.next_cursor : cursor;
  const more = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const page = await api.get<LogPage>(`logs?limit=${PAGE}&${settled}&cursor=${encodeURIComponent(next ?? '')}`);
      setOlder((lines) => [...lines, ...page.lines]);
      setCursor(page.next_cursor);
    } catch (error) {
      const isGone = error instanceof ApiError && error.status === 410;
      setProblem(
        isGone
          ? 'Older lines are no longer available: newer ones have replaced them.'
          : 'Couldn’t load older lines. Try again.',
      );
      if (isGone) setCursor(null);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Loaded resource={first} what="the log">
      {({ lines, kept, dropped }) => {
        const newest = new Set(lines.map(({ seq }) => seq));
        // What was asked for a while ago may overlap with what is newest now.
        const shown = [...lines, ...older.filter(({ seq }) => !newest.has(seq))];
        const filterText = describeFilter(filter);
        if (shown.length === 0) {
          return filterText === '' ? (
            <EmptyState icon="file" title="No lines yet">
              Lines logged by the application, and decisions of its breakers and retries, appear here.
            </EmptyState>
          ) : (
            <EmptyState
              title="No matching lines"
              actions={
                <Button onClick={() => setQuery({ q: '', level: '', breaker: '', cid: '' })}>Clear filters</Button>
              }
            >
              None of the {numberText(kept)} retained lines matches {filterText}.
            </EmptyState>
          );
        }
        return (
          <Card
            title={`${numberText(shown.length)} line${shown.length === 1 ? '' : 's'}, newest first`}
            actions={<AsOf resource={first} />}
            flush
          >
            <ol class="log-lines">
              {shown.map((line) => (
                <LogLineView key={line.seq} line={line} />
              ))}
            </ol>
            <div class="log-foot log-foot-card">
              <span class="muted">
                {numberText(kept)} lines retained{dropped > 0 && `, ${numberText(dropped)} older ones dropped`}.
              </span>
              {typeof next === 'string' && next !== '' && (
                <Button size="small" busy={busy} onClick={() => void more()}>
                  Older lines
                </Button>
              )}
            </div>
            {problem !== undefined && (
              <Banner tone="warning" title="No older lines" role="alert">
                {problem}
              </Banner>
            )}
          </Card>
        );
      }}
    </Loaded>
  );
}
