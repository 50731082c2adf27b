import './logs.css';
import { useEffect } from 'preact/hooks';
import { Button, LinkButton, SearchField, SelectField, singleKeyShortcuts } from '@dualbrake/kit';
import type { PageProps } from '../../page-props.ts';
import { useConsole } from '../../live/context.ts';
import { place, setQuery } from '../../live/router.ts';
import { Page } from '../../parts/page.tsx';
import { isTyping } from '../../shortcuts.tsx';
import { CorrelationView } from './correlation-view.tsx';
import { LiveLog } from './live-log.tsx';
import { filterOf, levels, parametersOf } from './log-filter.ts';
import { LogList } from './log-list.tsx';

/** What the application says, and what its breakers and retries decide: search, follow, and the whole of one call. */
export function LogsPage(_props: PageProps) {
  const { api, live } = useConsole();
  const { query } = place.value;
  const filter = filterOf(query);
  const isLive = query.get('live') === '1';
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '.' || event.ctrlKey || event.metaKey || event.altKey || !singleKeyShortcuts()) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      setQuery({ live: place.value.query.get('live') === '1' ? undefined : '1' });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const breakers = live.report.value?.breakers ?? [];
  return (
    <Page
      title="Logs"
      actions={
        <>
          <Button
            icon={isLive ? 'pause' : 'play'}
            aria-pressed={isLive}
            onClick={() => setQuery({ live: isLive ? undefined : '1' })}
          >
            {isLive ? 'Pause' : 'Follow live'}
          </Button>
          <LinkButton icon="download" href={api.url(`logs/export?${parametersOf(filter)}`)} download="log.ndjson">
            Export
          </LinkButton>
        </>
      }
    >
      <div class="filter-bar">
        <SearchField
          label="Search messages and fields"
          placeholder="Part of a message or field"
          value={filter.q}
          onInput={(q) => setQuery({ q })}
        />
        <SelectField
          label="Level"
          value={filter.level}
          options={[
            { value: '', label: 'All' },
            ...levels.map((level) => ({ value: level, label: `${level} and above` })),
          ]}
          onChange={(level) => setQuery({ level })}
        />
        {breakers.length > 0 && (
          <SelectField
            label="Breaker"
            value={filter.breaker}
            options={[
              { value: '', label: 'Any' },
              ...breakers.map(({ id }) => ({ value: id, label: id })),
              ...(filter.breaker !== '' && !breakers.some(({ id }) => id === filter.breaker)
                ? [{ value: filter.breaker, label: filter.breaker }]
                : []),
            ]}
            onChange={(breaker) => setQuery({ breaker })}
          />
        )}
        {filter.correlationId !== '' && (
          <Button icon="close" onClick={() => setQuery({ cid: '' })}>
            {`Only ${filter.correlationId.length > 16 ? `${filter.correlationId.slice(0, 15)}…` : filter.correlationId}`}
          </Button>
        )}
      </div>
      {isLive ? (
        <LiveLog filter={filter} />
      ) : filter.correlationId !== '' ? (
        <CorrelationView id={filter.correlationId} />
      ) : (
        <LogList filter={filter} />
      )}
    </Page>
  );
}
