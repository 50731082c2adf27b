import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Banner, Badge, Button, Card, EmptyState, PageHeader, Skeleton } from '@dualbrake/kit';
import { useConsole } from '../live/context.ts';
import { LAGGING_AFTER_MS } from '../live/freshness.ts';
import type { Resource } from '../live/resource.ts';
import { serverNow } from '../live/server-clock.ts';
import { clockText } from '../words/words.ts';
import { FreshnessBadge } from './freshness-badge.tsx';
import { Term } from './term.tsx';

/** At the end of each tab's title, but where it is the title. */
const consoleName = 'System status';

/** A page of the console: its title, how old what it shows is, and what can be done. Old numbers turn grey. */
export function Page({
  title,
  beside,
  description,
  back,
  actions,
  children,
}: {
  readonly title: string;
  readonly beside?: ComponentChildren;
  readonly description?: ComponentChildren;
  readonly back?: { readonly href: string; readonly label: string };
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { live } = useConsole();
  const report = live.report.value;
  const isOld = live.signedOut.value || live.freshness.value === 'lagging' || live.freshness.value === 'stale';
  usePlace(title);
  return (
    <div class="page console-page">
      <PageHeader
        title={title}
        {...(description !== undefined && { description })}
        {...(back && { back })}
        {...(actions !== undefined && { actions })}
        beside={
          <>
            {beside}
            {report !== undefined && report.environment !== '' && <Badge>{report.environment}</Badge>}
            {!live.signedOut.value && live.trouble.value === undefined && <FreshnessBadge live={live} />}
          </>
        }
      />
      <div class="console-content" data-stale={isOld ? '' : undefined}>
        {children}
      </div>
    </div>
  );
}

/** The title of the tab; and the reader begins at the top, with the heading in focus, when it is another page. */
function usePlace(title: string): void {
  const { live } = useConsole();
  const verdict = live.report.value?.verdict;
  const stale = live.freshness.value === 'stale' || live.freshness.value === 'lagging' || live.signedOut.value;
  const mark = stale ? '⌛ ' : verdict === undefined ? '' : { good: '', warning: '◐ ', bad: '■ ' }[verdict.tone];
  useEffect(() => {
    document.title = `${mark}${title}${title === consoleName ? '' : ` · ${consoleName}`}`;
  }, [mark, title]);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current && document.activeElement === document.body && history.length <= 1) return;
    isFirst.current = false;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, []);
}

/** While the first report is on its way, or the server has said why there is none. */
export function NoReport() {
  const { live } = useConsole();
  if (live.signedOut.value) return null;
  if (live.trouble.value !== undefined) {
    return (
      <Banner tone="danger" title="Nothing to show yet">
        {live.trouble.value} Retrying.
      </Banner>
    );
  }
  return <Loading title="Loading the current state…" />;
}

export function Loading({ title }: { readonly title: string }) {
  return (
    <div aria-busy="true">
      <Card title={title}>
        <div class="stack">
          <Skeleton width="60%" />
          <Skeleton width="40%" />
          <Skeleton width="52%" />
        </div>
      </Card>
    </div>
  );
}

/**
 * What a resource brought, with its age; on its way; or why it did not come and how to ask again. What came before
 * stays, in grey, when asking again fails.
 */
export function Loaded<T>({
  resource,
  what,
  children,
}: {
  readonly resource: Resource<T> & { readonly refresh: () => Promise<void> };
  /** `the errors`, for sentences. */
  readonly what: string;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, error, asOfMs, refresh } = resource;
  const { live } = useConsole();
  if (data === undefined && error === undefined)
    return live.signedOut.value ? null : <Loading title={`Loading ${what}…`} />;
  if (data === undefined) {
    if (error?.status === 401) return null;
    const gone = error?.status === 404;
    return (
      <EmptyState
        icon={gone ? 'search' : 'warning'}
        title={gone ? 'Not found' : `Couldn’t load ${what}`}
        actions={<Button onClick={() => void refresh()}>Retry</Button>}
      >
        {error?.message}
      </EmptyState>
    );
  }
  const isOld = error !== undefined && serverNow() - (asOfMs ?? 0) > LAGGING_AFTER_MS;
  return (
    <>
      {error !== undefined && error.status !== 401 && (
        <Banner
          tone="warning"
          title={`Couldn’t refresh ${what}`}
          actions={<Button onClick={() => void refresh()}>Retry</Button>}
        >
          {error.message} Shown as of {clockText(asOfMs ?? 0)}.
        </Banner>
      )}
      <div class="loaded" data-stale={isOld ? '' : undefined}>
        {children(data)}
      </div>
    </>
  );
}

/** `as of 03:02:11`, for what is asked for beside the stream. */
export function AsOf({ resource }: { readonly resource: Resource<unknown> }) {
  if (resource.asOfMs === undefined) return null;
  return (
    <span class="as-of numbers">
      <Term term="as-of">as of</Term> {clockText(resource.asOfMs)}
    </span>
  );
}
