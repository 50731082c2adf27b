import './logs.css';
import { useEffect } from 'preact/hooks';
import { Button, LinkButton } from '@dualbrake/kit';
import { useConsole } from '../../live/context.ts';
import { route, setQuery } from '../../live/router.ts';
import { anyOf, SearchFilter, SelectFilter } from '../../parts/filters.tsx';
import { Page } from '../../parts/page.tsx';
import { shortcutKey } from '../../shortcuts.tsx';
import { CorrelationView } from './correlation-view.tsx';
import { LiveLog } from './live-log.tsx';
import { filterOf, levels, parametersOf } from './log-filter.ts';
import { LogList } from './log-list.tsx';

function isLive(): boolean {
  return route.value.query.get('live') === '1';
}

function toggleLive(): void {
  setQuery({ live: isLive() ? undefined : '1' });
}

/** The application's log with the decisions of its breakers and retries: search it, follow it, or see all of one call. */
export function LogsPage() {
  const { api, live } = useConsole();
  const filter = filterOf(route.value.query);
  const { breaker, correlationId } = filter;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (shortcutKey(event) !== '.') return;
      event.preventDefault();
      toggleLive();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const ids = new Set((live.report.value?.breakers ?? []).map(({ id }) => id));
  if (breaker !== '') ids.add(breaker);
  return (
    <Page
      title="Logs"
      actions={
        <>
          <Button icon={isLive() ? 'pause' : 'play'} aria-pressed={isLive()} onClick={toggleLive}>
            {isLive() ? 'Pause' : 'Follow live'}
          </Button>
          <LinkButton icon="download" href={api.url(`logs/export?${parametersOf(filter)}`)} download="log.ndjson">
            Export
          </LinkButton>
        </>
      }
    >
      <div class="filter-bar row">
        <SearchFilter label="Search messages and fields" placeholder="Part of a message or field" />
        <SelectFilter
          name="level"
          label="Level"
          options={{ '': 'All', ...Object.fromEntries(levels.map((level) => [level, `${level} and above`])) }}
        />
        {ids.size > 0 && <SelectFilter name="breaker" label="Breaker" options={anyOf(ids)} />}
        {correlationId !== '' && (
          <Button icon="close" onClick={() => setQuery({ cid: '' })}>
            {`Only ${correlationId.length > 16 ? `${correlationId.slice(0, 15)}…` : correlationId}`}
          </Button>
        )}
      </div>
      {isLive() ? (
        <LiveLog filter={filter} />
      ) : correlationId !== '' ? (
        <CorrelationView id={correlationId} />
      ) : (
        <LogList filter={filter} />
      )}
    </Page>
  );
}
